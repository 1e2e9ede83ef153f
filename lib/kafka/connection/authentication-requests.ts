import type { ProtocolRequest, Throttling } from './protocol-request.ts';

/** The versions of a request that a broker knows. */
export type SupportedVersions = ReadonlyMap<number, { readonly lowest: number; readonly highest: number }>;

/** @see {@link https://kafka.apache.org/protocol.html#The_Messages_ApiVersions Apache Kafka protocol guide, "ApiVersions API"} */
export const apiVersions: ProtocolRequest<Throttling & { readonly supported: SupportedVersions }> = {
  apiKey: 18,
  apiName: 'ApiVersions',
  versions: [0, 0],
  write: () => {},
  read: (reader) => {
    reader.int16();
    const supported = reader.array(
      () => [reader.int16(), { lowest: reader.int16(), highest: reader.int16() }] as const,
    );
    return { supported: new Map(supported) };
  },
};

/** @see {@link https://kafka.apache.org/protocol.html#The_Messages_SaslHandshake Apache Kafka protocol guide, "SaslHandshake API"} */
export function saslHandshake(
  mechanism: string,
): ProtocolRequest<Throttling & { readonly errorCode: number }> {
  return {
    apiKey: 17,
    apiName: 'SaslHandshake',
    versions: [1, 1],
    write: (writer) => writer.string(mechanism),
    read: (reader) => ({ errorCode: reader.int16() }),
  };
}

export interface SaslAnswer extends Throttling {
  readonly errorCode: number;
  readonly errorMessage: string;
  readonly message: string;
  /** 0 for a session without an end: KIP-368. */
  readonly sessionLifetimeMs: number;
}

/** @see {@link https://kafka.apache.org/protocol.html#The_Messages_SaslAuthenticate Apache Kafka protocol guide, "SaslAuthenticate API"} */
export function saslAuthenticate(message: string): ProtocolRequest<SaslAnswer> {
  return {
    apiKey: 36,
    apiName: 'SaslAuthenticate',
    versions: [0, 1],
    write: (writer) => writer.text(message),
    read: (reader, version) => ({
      errorCode: reader.int16(),
      errorMessage: reader.string(),
      message: reader.text(),
      sessionLifetimeMs: version > 0 ? Number(reader.int64()) : 0,
    }),
  };
}
