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
    ['--http-port', 'There is no flag --http-port; did you mean --httpPort?'],
    ['--duplicateRate', 'There is no flag --duplicateRate; did you mean --duplicate-rate?'],
    ['--nothing-like-it', /^There is no flag --nothing-like-it\. The flags are: --host /],
    ['3001', /^"3001" belongs to no flag/],
  ])('tells what %s might be', (flag, message) => {
    expect(commandLineProblem([flag], {})).toMatch(message);
  });

  test('names what npm has kept because there is no -- in front', () => {
    expect(commandLineProblem(['3001'], { npm_config_httpport: 'true' })).toBe(
      'npm kept --httpPort for itself: flags follow a "--", as in "npm start -- --httpPort …".',
    );
  });

  test('has no value behind a flag that takes none', () => {
    expect(commandLineProblem(['--ephemeral', 'yes'], {})).toContain('"yes" belongs to no flag');
  });
});
