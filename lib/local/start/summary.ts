import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import type { LocalRun } from './local-run.ts';
import type { LocalSettings } from './settings.ts';

/**
 * Says what listens where, which functions read which topics, and what to try first.
 *
 * @returns several lines for the terminal
 */
export function summary(
  run: LocalRun,
  mappingsUrl: string,
  settings: LocalSettings,
  declarations: readonly EventSourceMappingDeclaration[],
): string {
  const url = `http://${settings.host}:${settings.httpPort}`;
  const lines = [`HTTP API  ${url}`, `Kafka     ${run.brokers}  ${storage(run, settings)}`];
  if (run.createdTopics.length > 0) lines.push(`          created ${run.createdTopics.join(', ')}`);
  if (declarations.length > 0) lines.push(`Mappings  ${mappingsUrl}`);
  for (const declaration of declarations) lines.push(`          ${mapping(declaration)}`);
  if (settings.example !== undefined) {
    lines.push(
      '',
      'Try it:',
      `  ${settings.example.trim().replaceAll('{httpPort}', String(settings.httpPort))}`,
    );
  }
  return ['', ...lines, ''].join('\n');
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
