import { commandLineProblem } from '../../../../../lib/local/start/command-line.ts';

describe('the command line of npm start', () => {
  test.each([
    ['nothing', []],
    ['flags with values', ['--httpPort', '3001', '--log=json', '--ephemeral', '--group', 'shared']],
    ['flags of the framework', ['--stage', 'prod', '--verbose', '-s', 'prod']],
  ])('may hold %s', (_case, flags) => {
    expect(commandLineProblem(flags, {})).toBeUndefined();
  });

  test.each([
    ['--brokesr', 'There is no flag --brokesr; did you mean --brokers?'],
    [
      '--port',
      'There is no flag --port; did you mean --httpPort or --lambdaPort or --mappingPort or --kafkaPort?',
    ],
    ['--http-port', 'There is no flag --http-port; did you mean --httpPort?'],
    ['--duplicateRate', 'There is no flag --duplicateRate; did you mean --duplicate-rate?'],
    ['--nothing-like-it', /^There is no flag --nothing-like-it\. The flags are: --host /],
    ['3001', /^"3001" is not a flag or the value of one/],
  ])('tells what %s might be', (flag, message) => {
    expect(commandLineProblem([flag], {})).toMatch(message);
  });

  test('names what npm has kept because there is no -- in front', () => {
    expect(commandLineProblem(['3001'], { npm_config_httpport: 'true' })).toBe(
      'npm took --httpPort as its own: put "--" in front of flags, as in "npm start -- --httpPort …"; PowerShell needs the quotes around "--".',
    );
  });

  test('has no value behind a flag that takes none', () => {
    expect(commandLineProblem(['--ephemeral', 'yes'], {})).toContain(
      '"yes" is not a flag or the value of one',
    );
  });
});
