// What reads serverless.yml and compares templates in the Serverless Framework (osls 4), which ships no types.

declare module 'serverless/lib/configuration/read' {
  export default function read(file: string): Promise<Record<string, unknown>>;
}

declare module 'serverless/lib/configuration/variables/resolve-meta' {
  export default function resolveMeta(configuration: object): Map<string, unknown>;
}

declare module 'serverless/lib/configuration/variables/resolve' {
  export default function resolve(options: {
    serviceDir: string;
    configuration: object;
    variablesMeta: Map<string, unknown>;
    sources: Readonly<Record<string, unknown>>;
    options: object;
    fulfilledSources: ReadonlySet<string>;
  }): Promise<void>;
}

declare module 'serverless/lib/configuration/variables/sources/*' {
  const source: unknown;
  export default source;
}

declare module 'serverless/lib/plugins/aws/lib/normalize-files' {
  /** Leaves out what differs between two uploads of the same service. */
  export function normalizeCloudFormationTemplate(template: object): object;
}
