import { parseCommandLine } from '../../../../lib/operate/command-line.ts';
import { helpOf } from '../../../../lib/operate/help.ts';
import { UsageError } from '../../../../lib/operate/usage-error.ts';
import { workstationCommands } from '../../../../lib/operate/workstation/commands.ts';

const parse = (line: string, environment = {}) =>
  parseCommandLine(
    line.split(' ').filter((argument) => argument !== ''),
    workstationCommands,
    environment,
  );

/** What a command has read. */
function optionsOf(line: string): unknown {
  const asked = parse(line);
  return asked.name === 'execute' ? asked.options : asked;
}

const unbounded = { limit: undefined, seconds: undefined };

test.each(['dead-letters', 'failed'])('without coordinates, %s replay is about everything', (kind) => {
  const asked = parse(`${kind} replay`);
  expect(asked).toMatchObject({ name: 'execute', command: { name: `${kind} replay` }, json: false });
  expect(optionsOf(`${kind} replay`)).toEqual({
    topic: undefined,
    coordinates: [],
    to: undefined,
    dryRun: false,
    ...unbounded,
  });
});

test('the coordinates say which dead letter topic is meant', () => {
  const line =
    'dead-letters replay orders.dlq/1/7 --to retry orders.dlq/0/3 --dry-run --json --limit 5 --seconds 60';
  expect(parse(line)).toMatchObject({ command: { name: 'dead-letters replay' }, json: true });
  expect(optionsOf(line)).toEqual({
    topic: 'orders.dlq',
    coordinates: [
      { topic: 'orders.dlq', partition: 1, offset: 7 },
      { topic: 'orders.dlq', partition: 0, offset: 3 },
    ],
    to: 'retry',
    dryRun: true,
    limit: 5,
    seconds: 60,
  });
});

test('the cluster can be named by flags, which every shell understands', () => {
  const line = 'dead-letters list --brokers localhost:9092 --auth=tls --topic events';
  expect(parse(line, { KAFKA_BROKERS: 'elsewhere:9092', AWS_REGION: 'eu-west-1' })).toMatchObject({
    command: { name: 'dead-letters list' },
    options: { topic: 'events' },
    json: false,
    clusterFlags: ['brokers', 'auth'],
    environment: { KAFKA_BROKERS: 'localhost:9092', KAFKA_AUTH: 'tls', AWS_REGION: 'eu-west-1' },
  });
});

test('a list begins at coordinates, which name its topic', () => {
  expect(optionsOf('failed list --from orders.failed/1/7')).toMatchObject({
    topic: 'orders.failed',
    from: { topic: 'orders.failed', partition: 1, offset: 7 },
  });
});

test.each([
  ['earliest', 'earliest'],
  ['latest', 'latest'],
  ['2026-01-31T12:00:00Z', { timestampMs: Date.UTC(2026, 0, 31, 12) }],
  ['2026-01-31T12:00+01:00', { timestampMs: Date.UTC(2026, 0, 31, 11) }],
  ['15', { offset: 15 }],
])('reset reads %s as a position', (text, to) => {
  const line = `reset --group g --topic events --partition 0 --to ${text}`;
  expect(optionsOf(line)).toEqual({
    group: 'g',
    topic: 'events',
    partition: 0,
    to,
    dryRun: false,
  });
});

test.each([['--help'], ['-h'], ['help'], ['dead-letters list --help'], ['dead-letters help']])(
  '%s asks for help',
  (line) => {
    expect(parse(line)).toMatchObject({ name: 'help' });
  },
);

test.each([
  ['no command', '', 'No command'],
  ['a command without its kind', 'list', 'Unknown command "list"'],
  ['a mistyped kind', 'dead-leters list', 'Unknown command "dead-leters"; did you mean dead-letters?'],
  ['no command of a kind', 'failed', 'No command: name one of list, show, edit, replay'],
  ['an unknown command', 'dead-letters purge', 'Unknown command "purge"'],
  ['a mistyped command', 'dead-letters replya', 'Unknown command "replya"; did you mean replay?'],
  ['an unknown flag', 'dead-letters list --all', "Unknown option '--all'"],
  ['a mistyped flag', 'dead-letters list --topc=a', "Unknown option '--topc'; did you mean --topic?"],
  [
    'an unknown authentication',
    'dead-letters list --auth ssl',
    '--auth must be none, tls, mtls, scram or iam, not "ssl"',
  ],
  ['a flag of another command', 'dead-letters list --dry-run', 'list has no --dry-run'],
  ['a flag without its value', 'dead-letters replay --to', 'argument missing'],
  ['an empty topic', 'dead-letters replay --to=', 'A topic must have a name'],
  ['coordinates for list', 'dead-letters list events.dlq/0/1', 'list takes no coordinates'],
  ['show without coordinates', 'dead-letters show', 'show takes the coordinates of one'],
  ['show with two', 'dead-letters show events.dlq/0/1 events.dlq/0/2', 'show takes the coordinates of one'],
  [
    'what is no coordinates',
    'dead-letters replay events.dlq',
    '"events.dlq" is not <topic>/<partition>/<offset>',
  ],
  ['coordinates of two topics', 'dead-letters replay a.dlq/0/1 b.dlq/0/1', 'not a.dlq and b.dlq'],
  ['a limit of nothing', 'failed list --limit 0', '--limit must be a whole number of at least 1, not "0"'],
  [
    'a time that is no number',
    'failed replay --seconds 1m',
    '--seconds must be a whole number of at least 1',
  ],
  ['a word too many', 'lag events', 'lag takes no "events"'],
  ['a reset without its group', 'reset --topic a --to latest', 'reset takes --group, --topic and --to'],
  ['a reset to anywhere', 'reset --group g --topic a --to begin', '--to must be earliest, latest, a time'],
  ['a time without its zone', 'reset --group g --topic a --to 2026-01-31T12:00:00', 'a time in ISO 8601'],
  ['an offset of all partitions', 'reset --group g --topic a --to 5', 'name it with --partition'],
  [
    'an edit without a change',
    'dead-letters edit a.dlq/0/1',
    'edit takes what to change: --set, --value, --key',
  ],
  [
    'a change without a pointer',
    'failed edit a.failed/0/1 --set a=1',
    '--set must be </pointer=json>, not "a=1"',
  ],
  ['tail without a topic', 'tail', 'tail takes a topic'],
  ['tail of two topics', 'tail a b', 'tail takes one topic, not "b" too'],
  ['a start that is none', 'tail a --from yesterday', '--from must be beginning, end, a time in ISO 8601'],
  ['an offset for a group', 'tail a --group g --from 0:1', 'A member of a group reads all partitions'],
  ['a condition without a pointer', 'tail a --where b=1', '--where must be </pointer=value>, not "b=1"'],
  ['data and a file', 'produce a --data {} --file b', 'Give --data or --file, not both'],
  ['two event types', 'produce a b', 'produce takes one event type, not "b" too'],
  ['a key for an event', 'produce a --key k', '--key needs --raw: the event type decides the key'],
  ['a raw record without its topic', 'produce --raw --data a', '--raw takes the topic with --topic'],
  ['a raw record with a type', 'produce a --raw --topic t', 'leave "a" out'],
  ['an attribute without a value', 'produce a --attribute id', '--attribute must be <name=value>, not "id"'],
  ['an event of anything else', 'events generate --as sqs', '--as must be msk or http, not "sqs"'],
  ['a request with poison', 'events generate --as http --poison', 'leave --poison out, or --as http'],
  ['an unknown event type', 'events generate oder.placed', 'did you mean order.placed?'],
  ['half a command', 'events', 'No command: name one of generate'],
  [
    'coordinates of another topic than --topic',
    'dead-letters show a.dlq/0/1 --topic b.dlq',
    'not a.dlq and b.dlq',
  ],
])('%s is refused', (_, line, message) => {
  expect(() => parse(line)).toThrow(UsageError);
  expect(() => parse(line)).toThrow(message);
});

test('a flag may stand before the command', () => {
  expect(parse('--json lag --topic a')).toMatchObject({ command: { name: 'lag' }, json: true });
});

test('the cluster of --cluster-arn is not the one of KAFKA_BROKERS', () => {
  const arn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/orders/00000000-0000-0000-0000-000000000000-1';
  expect(parse(`topics --cluster-arn ${arn}`, { KAFKA_BROKERS: 'b:9092' })).toMatchObject({
    environment: { MSK_CLUSTER_ARN: arn, KAFKA_BROKERS: undefined },
  });
});

test('a flag that npm took, because "--" is missing, is not passed over', () => {
  expect(() => parse('tail events', { npm_config_follow: 'true' })).toThrow(
    'npm took --follow as its own: put "--" in front of the command, as in "npm run kafka -- tail --follow …"; PowerShell needs the quotes around "--"',
  );
  expect(parse('lag', { npm_config_follow: 'true' })).toMatchObject({ command: { name: 'lag' } });
});

describe('help', () => {
  test('of all says what there is', () => {
    const help = helpOf(workstationCommands, undefined);
    for (const { name } of workstationCommands) expect(help).toContain(`  ${name} `);
    expect(help).toContain('Exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted.');
  });

  test.each(workstationCommands.map((command) => [command.name, command] as const))(
    'of %s names its flags',
    (name, command) => {
      expect(parse(`${name} --help`)).toEqual({ name: 'help', command: name });
      const help = helpOf(workstationCommands, name);
      for (const flag of Object.keys(command.flags)) expect(help).toContain(`--${flag}`);
    },
  );

  test('belongs to the command that was used wrongly', () => {
    expect(() => parse('reset --topic a')).toThrow(expect.objectContaining({ command: 'reset' }));
  });
});

test('a flag takes a value in every command or in none, and has one letter in all', () => {
  const flags = workstationCommands.flatMap(({ flags }) => Object.entries(flags));
  for (const [name, flag] of flags) {
    const same = flags.filter(([other]) => other === name).map(([, other]) => other);
    expect(same.map(({ value }) => value === undefined)).toEqual(same.map(() => flag.value === undefined));
    expect(same.map(({ short }) => short)).toEqual(same.map(() => flag.short));
  }
});
