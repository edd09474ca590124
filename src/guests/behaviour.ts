// How a guest behaves: what its tags say (`hakoniwa:cpu`, `hakoniwa:network-mbps`, `hakoniwa:latency-ms`, `hakoniwa:sick`, `hakoniwa:cpu-ms-per-request`), and over
// them what was said by the cloud's own API.
import type { Behaviour } from './guest.ts';

const numberOf = (text: string | undefined): number | undefined => {
  const number = Number(text);
  return text === undefined || text.trim() === '' || !Number.isFinite(number) || number < 0 ? undefined : number;
};

function sicknessOf(text: string | undefined): Behaviour['sick'] {
  if (text === 'hang' || text === 'refuse') return text;
  const status = numberOf(text);
  return status !== undefined && Number.isInteger(status) && status >= 200 && status < 600 ? status : undefined;
}

/** A tag that says nothing sensible is passed over: a tag is anybody's text. */
export const behaviourOfTags = (tags: Readonly<Record<string, string>>): Behaviour => ({
  cpuPercent: numberOf(tags['hakoniwa:cpu']),
  cpuMsPerRequest: numberOf(tags['hakoniwa:cpu-ms-per-request']),
  networkMbps: numberOf(tags['hakoniwa:network-mbps']),
  latencyMs: numberOf(tags['hakoniwa:latency-ms']),
  sick: sicknessOf(tags['hakoniwa:sick']),
});

export const joinBehaviour = (tags: Behaviour, said: Behaviour): Behaviour => ({
  cpuPercent: said.cpuPercent ?? tags.cpuPercent,
  cpuMsPerRequest: said.cpuMsPerRequest ?? tags.cpuMsPerRequest,
  networkMbps: said.networkMbps ?? tags.networkMbps,
  latencyMs: said.latencyMs ?? tags.latencyMs,
  sick: said.sick ?? tags.sick,
});
