// How instances stand in the zones of a group.

/** The zone with the fewest, the first of equals; undefined when there is none to choose from. */
export function emptiest(counts: ReadonlyMap<string, number>, usable: (zone: string) => boolean): string | undefined {
  let best: string | undefined;
  for (const [zone, count] of counts)
    if (usable(zone) && (best === undefined || count < (counts.get(best) ?? 0))) best = zone;
  return best;
}

/** Zones by how many they have, the fullest first; equals together. */
export function fullest(counts: ReadonlyMap<string, number>): string[][] {
  const levels = [...new Set(counts.values())].sort((a, b) => b - a);
  return levels.map((level) => [...counts].filter(([, count]) => count === level).map(([zone]) => zone));
}

export function countBy<Row>(rows: readonly Row[], zones: readonly string[], of: (row: Row) => string) {
  const counts = new Map(zones.map((zone) => [zone, 0]));
  for (const row of rows) counts.set(of(row), (counts.get(of(row)) ?? 0) + 1);
  return counts;
}

/** Whether moving one instance would make the zones more even. */
export function isUneven(counts: ReadonlyMap<string, number>, usable: (zone: string) => boolean): boolean {
  const low = Math.min(...[...counts].filter(([zone]) => usable(zone)).map(([, count]) => count));
  return Math.max(...counts.values()) - low > 1;
}
