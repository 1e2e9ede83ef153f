/** The documents of the contract: files of lib/contract, and paths of the local run. */
export const documentNames = ['openapi.json', 'asyncapi.json'] as const;
export type DocumentName = (typeof documentNames)[number];

/** The text of each document. */
export type Documents = Readonly<Record<DocumentName, string>>;
