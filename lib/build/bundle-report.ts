import { statSync } from 'node:fs';
import { type BundleContents, builtBundles } from './bundle-contents.ts';

/** What this plugin needs of the framework. */
interface Framework {
  readonly service: {
    readonly functions: Readonly<
      Record<string, { readonly handler?: string; readonly package?: { readonly artifact?: string } }>
    >;
  };
}
interface PluginUtilities {
  readonly log: { readonly notice: (message: string) => void };
}

/** Sources that a line names; the rest is small. */
const MAX_SOURCES = 6;
const KB = 1024;

/** Plugin of the Serverless Framework: reports the size of each packaged function, and what it is made of. */
export class BundleReportPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor({ service }: Framework, _options: unknown, { log }: PluginUtilities) {
    this.hooks = {
      'after:package:createDeploymentArtifacts': async () => {
        const chunks = new Map(builtBundles);
        for (const [name, { handler = '', package: packaged }] of Object.entries(service.functions)) {
          if (packaged?.artifact === undefined) continue;
          const entry = handler.replace(/\.\w+$/, '');
          const zipped = inKb(statSync(packaged.artifact).size);
          log.notice(`${name}: ${zipped} zipped, ${described(builtBundles.get(entry))}`);
          chunks.delete(entry);
        }
        for (const [entry, contents] of chunks)
          log.notice(`${entry}, when first needed: ${described(contents)}`);
      },
    };
  }
}

function described(contents: BundleContents = new Map()): string {
  const bySize = [...contents].sort(([, a], [, b]) => b - a);
  const bytes = bySize.reduce((sum, [, size]) => sum + size, 0);
  const sources = bySize.slice(0, MAX_SOURCES).map(([source, size]) => `${source} ${inKb(size)}`);
  const more = bySize.length > MAX_SOURCES ? ', …' : '';
  return `${inKb(bytes)} of code: ${sources.join(', ')}${more}`;
}

function inKb(bytes: number): string {
  return `${(bytes / KB).toFixed(1)} KB`;
}
