import { statSync } from 'node:fs';
import { builtBundles } from './bundle-contents.ts';

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

/** Plugin of the Serverless Framework: says how large each packaged function is, and what makes it so. */
export class BundleReportPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor({ service }: Framework, _options: unknown, { log }: PluginUtilities) {
    this.hooks = {
      'after:package:createDeploymentArtifacts': async () => {
        for (const [name, { handler, package: packaged }] of Object.entries(service.functions)) {
          if (packaged?.artifact === undefined) continue;
          log.notice(bundleLine(name, statSync(packaged.artifact).size, handler));
        }
      },
    };
  }
}

function bundleLine(name: string, zippedBytes: number, handler = ''): string {
  const contents = [...(builtBundles.get(handler.replace(/\.\w+$/, '')) ?? [])].sort(([, a], [, b]) => b - a);
  const bytes = contents.reduce((sum, [, size]) => sum + size, 0);
  const sources = contents.slice(0, MAX_SOURCES).map(([source, size]) => `${source} ${inKb(size)}`);
  const more = contents.length > MAX_SOURCES ? ', …' : '';
  return `${name}: ${inKb(zippedBytes)} zipped, ${inKb(bytes)} of code: ${sources.join(', ')}${more}`;
}

function inKb(bytes: number): string {
  return `${(bytes / KB).toFixed(1)} KB`;
}
