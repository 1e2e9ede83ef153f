import { parseCommandLine, UsageError } from '../../../../lib/operate/command-line.ts';

test('without coordinates, replay is about everything', () => {
  expect(parseCommandLine(['replay'])).toEqual({
    name: 'replay',
    topic: undefined,
    coordinates: [],
    to: undefined,
    dryRun: false,
    json: false,
  });
});

test('the coordinates say which dead letter topic is meant', () => {
  const command = parseCommandLine([
    'replay',
    'orders.dlq/1/7',
    '--to',
    'retry',
    'orders.dlq/0/3',
    '--dry-run',
    '--json',
  ]);
  expect(command).toEqual({
    name: 'replay',
    topic: 'orders.dlq',
    coordinates: [
      { topic: 'orders.dlq', partition: 1, offset: 7 },
      { topic: 'orders.dlq', partition: 0, offset: 3 },
    ],
    to: 'retry',
    dryRun: true,
    json: true,
  });
});

test('the cluster can be named by flags, which every shell understands', () => {
  expect(
    parseCommandLine(['list', '--brokers', 'localhost:9092', '--auth=tls', '--topic', 'events']),
  ).toEqual({
    name: 'list',
    topic: 'events',
    json: false,
    brokers: 'localhost:9092',
    auth: 'tls',
  });
});

test.each([['--help'], ['-h'], ['help'], ['list --help']])('%s asks for help', (line) => {
  expect(parseCommandLine(line.split(' '))).toEqual({ name: 'help' });
});

test.each([
  ['no command', '', 'No command'],
  ['an unknown command', 'purge', 'Unknown command "purge"'],
  ['a mistyped command', 'replya', 'Unknown command "replya"; did you mean replay?'],
  ['an unknown flag', 'list --all', "Unknown option '--all'"],
  ['a mistyped flag', 'list --topc=a', "Unknown option '--topc'; did you mean --topic?"],
  ['an unknown authentication', 'list --auth ssl', '--auth must be none, tls, scram or iam, not "ssl"'],
  ['a flag of another command', 'list --dry-run', 'list has no --dry-run'],
  ['a flag without its value', 'replay --to', 'argument missing'],
  ['an empty topic', 'replay --to=', 'A topic must have a name'],
  ['coordinates for list', 'list events.dlq/0/1', 'list takes no coordinates'],
  ['show without coordinates', 'show', 'show takes the coordinates of one'],
  ['show with two', 'show events.dlq/0/1 events.dlq/0/2', 'show takes the coordinates of one'],
  ['what is no coordinates', 'replay events.dlq', '"events.dlq" is not <topic>/<partition>/<offset>'],
  ['coordinates of two topics', 'replay a.dlq/0/1 b.dlq/0/1', 'not a.dlq and b.dlq'],
  ['coordinates of another topic than --topic', 'show a.dlq/0/1 --topic b.dlq', 'not a.dlq and b.dlq'],
])('%s is refused', (_, line, message) => {
  const parse = () => parseCommandLine(line.split(' ').filter((argument) => argument !== ''));
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(message);
});
