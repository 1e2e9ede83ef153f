import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** The requests of the Kafka protocol that deployed functions send with kafkajs, by their names there. */
const sent = new Set([
  'ApiVersions',
  'SaslHandshake',
  'SaslAuthenticate',
  'Metadata',
  'CreateTopics',
  'CreatePartitions',
  'DeleteTopics',
]);

/** What lib/operate sends besides. */
const sentByOperator = [
  'ListOffsets',
  'Fetch',
  'GroupCoordinator',
  'OffsetFetch',
  'OffsetCommit',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'DescribeGroups',
  'ListGroups',
];
const operator = /(?:^|[\\/])handlers[\\/]operate(?:\.ts)?$/;

/**
 * Plugin of esbuild that removes from kafkajs the requests that no deployed function sends. They are a third of its code,
 * and load time grows with size. Sending a request that was removed fails and names this file.
 */
export const kafkaRequests: Plugin = {
  name: 'kafka-requests',
  setup: ({ initialOptions: { entryPoints }, onLoad }) => {
    const isOperator = Array.isArray(entryPoints)
      ? entryPoints.some((entry) => operator.test(typeof entry === 'string' ? entry : entry.in))
      : Object.values(entryPoints ?? {}).some((entry) => operator.test(entry));
    const wanted = isOperator ? new Set([...sent, ...sentByOperator]) : sent;
    onLoad({ filter: /kafkajs[\\/]src[\\/]protocol[\\/]requests[\\/]index\.js$/ }, async ({ path }) => ({
      contents: withRequests(await readFile(path, 'utf8'), wanted),
    }));
  },
};

/**
 * Replaces requests in the table of kafkajs that names them all.
 *
 * @param table - source of `kafkajs/src/protocol/requests/index.js`
 * @param wanted - names of those to keep
 * @throws Error when the table is not as expected
 */
export function withRequests(table: string, wanted: ReadonlySet<string> = sent): string {
  const named = new Set<string>();
  const replaced = table.replace(/^( {2}(\w+): )require\(.*\),$/gm, (line, start: string, name: string) => {
    named.add(name);
    return wanted.has(name) ? line : `${start}leftOut('${name}'),`;
  });
  const missing = [...wanted].filter((name) => !named.has(name));
  if (missing.length > 0) throw new Error(`kafkajs has no request ${missing.join(', ')}`);
  return `${replaced}
function leftOut(name) {
  const protocol = () => {
    throw new Error(\`This bundle cannot send \${name} requests: add \${name} to lib/build/kafka-requests.ts\`);
  };
  return { versions: [], protocol };
}
`;
}
