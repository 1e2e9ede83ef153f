import { documentNames } from '../../contract/document-names.ts';
import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import type { HttpApiDeclaration } from '../http/http-api/declaration.ts';
import type { LocalRun, LocalUrls } from './local-run.ts';
import type { LocalSettings } from './settings.ts';

const INDENT = ' '.repeat(10);
/** The quotes of the example are those of sh. */
const TRY_IT =
  process.platform === 'win32' ? 'Try it in Git Bash, or publish on the page of the console:' : 'Try it:';

/** What a summary is made of. */
export interface Summarized {
  readonly run: LocalRun;
  readonly urls: LocalUrls;
  readonly settings: LocalSettings;
  readonly declarations: readonly EventSourceMappingDeclaration[];
  readonly httpApi: HttpApiDeclaration;
}

/**
 * Describes what listens where, which functions read which topics, and what to try first.
 *
 * @returns several lines for the terminal
 */
export function summary({ run, urls, settings, declarations, httpApi }: Summarized): string {
  const lines = [
    `Console   ${urls.console}`,
    `HTTP API  ${urls.httpApi}`,
    ...routes(httpApi),
    `Kafka     ${run.brokers}  ${storage(run, settings)}`,
  ];
  if (run.createdTopics.length > 0) lines.push(`${INDENT}created ${run.createdTopics.join(', ')}`);
  if (declarations.length > 0) lines.push(`Mappings  ${urls.mappings}`);
  for (const declaration of declarations) lines.push(`${INDENT}${mapping(declaration)}`);
  const documents = documentNames.map((name) => `${new URL(urls.mappings).origin}/${name}`);
  lines.push(
    `Contract  ${documents.join('  ')}`,
    `Invoke    curl ${urls.lambda}/2015-03-31/functions/<name>/invocations -H 'content-type: application/json' -d '{}'`,
  );
  if (settings.example !== undefined) {
    const port = new URL(urls.httpApi).port;
    lines.push('', TRY_IT, `  ${settings.example.trim().replaceAll('{httpPort}', port)}`);
  }
  return ['', ...lines, ''].join('\n');
}

function routes({ routes: declared }: HttpApiDeclaration): string[] {
  const lines = declared.map(({ key, functionName, authorizer }) => {
    const unchecked = authorizer === undefined ? '' : `  (authorizer ${authorizer}: not checked locally)`;
    return `${INDENT}${key} -> ${functionName}${unchecked}`;
  });
  return lines.length > 0 ? lines : [`${INDENT}no function has an httpApi event`];
}

function storage(run: LocalRun, settings: LocalSettings): string {
  if (!run.embedded) return '(the cluster of KAFKA_BROKERS)';
  return settings.dataDirectory === undefined
    ? '(embedded, in memory)'
    : `(embedded, data in ${settings.dataDirectory})`;
}

function mapping(declaration: EventSourceMappingDeclaration): string {
  const { functionName, topic, enabled, batchSize, batchingWindowMs, consumerGroupId } = declaration;
  if (!enabled) return `${topic} -> ${functionName}  (disabled)`;
  const group = consumerGroupId === undefined ? '' : `, group ${consumerGroupId}`;
  return `${topic} -> ${functionName}  (batches of ${batchSize} or ${batchingWindowMs / 1_000} s${group})`;
}
