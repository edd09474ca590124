// Datagrams: what goes by UDP, one by one. Nobody promises that one arrives, or that it is answered.

export interface Datagram {
  readonly bytes: Uint8Array;
  /** Sends one back the same way: as often as whoever has it likes, at once or later. */
  answer(bytes: Uint8Array): void;
}

/** Limit: bytes of what one datagram carries, by IPv4. */
export const datagramBytesMax = 65_507;
