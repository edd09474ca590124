// What the Regions of a global table know of each other.
import type { DynamoContext, Replica, TableRow } from './state.ts';

/** Tells the tables of all other Regions of a change in the list of replicas: one is there, or gone. */
export function tellOthers(context: DynamoContext, table: TableRow, region: string, gone: boolean): void {
  for (const { region: other, status } of table.replicas) {
    if (other === region || status === 'CREATING' || status === 'DELETING') continue;
    const { state } = context.elsewhere(context.account, other);
    const known = state.tables.find(table.name);
    if (known === undefined) continue;
    const rest = known.replicas.filter((replica) => replica.region !== region);
    const replicas: Replica[] = gone ? rest : [...rest, { region, status: 'ACTIVE' }];
    const { globalVersion, ...alone } = known;
    state.tables.put(replicas.length === 0 ? { ...alone, replicas } : { ...alone, replicas, globalVersion });
  }
}
