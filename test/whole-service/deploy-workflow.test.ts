import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isJsonObject } from '../../lib/json.ts';
import { freePorts, startOffline } from '../support/offline-process.ts';
import { serviceOnFixtures } from '../support/service-on-fixtures.ts';
import { workflow } from '../support/workflow.ts';

jest.setTimeout(180_000);

const root = resolve(__dirname, '../..');
const { text, jobs } = workflow('deploy.yml');
const credentials = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'workflow-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Runs a script as the runner does. Without the flags, bash may take the socket that is its input for a login over the network,
 * and read the `.bashrc` of the user, which may put other programs first.
 */
async function bash(script: string, cwd: string, environment: Record<string, string> = {}) {
  const env = { ...process.env, ...credentials, ...environment };
  return promisify(execFile)('bash', ['--noprofile', '--norc', '-e', '-c', script], { cwd, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => {
      const { code, stdout, stderr } = Object(error);
      return { code, stdout: String(stdout), stderr: String(stderr) };
    },
  );
}

/** The script of a step of the job dev. */
function step(begins: string): string {
  const scripts = (jobs.dev?.steps ?? []).map(({ name, run }) => ({
    name: String(name ?? run),
    run: String(run),
  }));
  const found = scripts.find(({ name }) => name.startsWith(begins));
  if (found === undefined) throw new Error(`there is no step ${begins}`);
  return found.run;
}

test('what would change is told by the step that compares, with the template that is deployed', async () => {
  const { directory, remove } = serviceOnFixtures();
  let deployed: string | undefined;
  const cloudFormation = createServer((request, response) => {
    request.resume();
    const body =
      deployed === undefined
        ? '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id kafka-events-dev does not exist</Message></Error></ErrorResponse>'
        : `<GetTemplateResponse><GetTemplateResult><TemplateBody>${escaped(deployed)}</TemplateBody></GetTemplateResult></GetTemplateResponse>`;
    response.writeHead(deployed === undefined ? 400 : 200, { 'content-type': 'text/xml' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(cloudFormation, 'listening');
  const { port } = cloudFormation.address() as AddressInfo;
  const summary = join(folder, 'summary.md');
  const compare = async () => {
    writeFileSync(summary, '');
    const { code, stdout } = await bash(step('What would change'), directory, {
      STACK: 'kafka-events-dev',
      GITHUB_STEP_SUMMARY: summary,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: readFileSync(summary, 'utf8') });
    return stdout;
  };
  try {
    expect(await bash(step('npx serverless package'), directory)).toMatchObject({ code: 0 });
    const packaged = readFileSync(
      join(directory, '.serverless/cloudformation-template-update-stack.json'),
      'utf8',
    );

    expect(await compare()).toContain('+ ConsumeLambdaFunction (AWS::Lambda::Function)');

    deployed = packaged;
    expect(await compare()).toBe('### kafka-events-dev\n\n```text\nNo resource changes.\n```\n');

    const before: unknown = JSON.parse(packaged);
    const resources = isJsonObject(before) && isJsonObject(before.Resources) ? before.Resources : {};
    delete resources.ConsumeLagAlarm;
    resources.Old = { Type: 'AWS::SNS::Topic' };
    deployed = JSON.stringify(before);
    expect(await compare()).toBe(
      '### kafka-events-dev\n\n```text\n+ ConsumeLagAlarm (AWS::CloudWatch::Alarm)\n- Old (AWS::SNS::Topic)\n```\n',
    );
  } finally {
    cloudFormation.close();
    remove();
  }
});

describe('the smoke test', () => {
  const event = /SMOKE_EVENT: '(.*)'/.exec(text)?.[1] ?? '';

  /** Answers as the command line of AWS: with the address of the API, and how many lines of a file the pattern finds. */
  function fakeAws(url: string, log: string): string {
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(
      join(bin, 'aws'),
      `#!/usr/bin/env bash
echo "$*" >>"${bin}/calls"
case "$1 $2" in
  'cloudformation describe-stacks') echo '${url}' ;;
  'logs filter-log-events')
    pattern='^\\{ \\(\\$\\.traceparent = "(00-[0-9a-f]{32}-[0-9a-f]{16}-01)"\\) && \\(\\$\\.level != "error"\\) \\}$'
    traceparent=$(printf '%s\\n' "$@" | sed -nE "s/$pattern/\\1/p")
    grep -F '"traceparent":"'"\${traceparent:?}"'"' '${log}' | grep -cv '"level":"error"' || true ;;
  *) exit 1 ;;
esac
`,
    );
    chmodSync(join(bin, 'aws'), 0o755);
    return bin;
  }
  const smoke = (bin: string, environment: Record<string, string> = {}) =>
    bash(step('Publish, and see it consumed'), root, {
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      SMOKE_EVENT: event,
      SMOKE_PAUSE: '0.2',
      ...environment,
    });

  test('publishes to a running service, and finds the trace of the event in the log of the consumer', async () => {
    const offline = startOffline(await freePorts(), { flags: ['--ephemeral'] });
    await offline.started();
    const log = join(folder, 'consumer.log');
    writeFileSync(log, '');
    const recording = setInterval(() => writeFileSync(log, offline.output()), 100);
    const bin = fakeAws(`http://localhost:${offline.ports.httpPort}`, log);
    try {
      const { code, stdout, stderr } = await smoke(bin, { SMOKE_SECONDS: '60' });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/"offset":"?0"?/);
      expect(stdout).toMatch(/Published and consumed, with the trace [0-9a-f]{32}\n$/);
      expect(readFileSync(join(bin, 'calls'), 'utf8')).toMatch(
        /--log-group-name \/aws\/lambda\/kafka-events-dev-consume --start-time \d{13} /,
      );
    } finally {
      clearInterval(recording);
      await offline.stop('SIGINT');
    }
  });

  test.each([
    ['finds the trace in a line of any work', { level: 'info', message: 'order billed' }, 0, /^Published/m],
    [
      'does not take the line of a rejected event for success, and says what the event must be',
      { level: 'error', message: 'record rejected' },
      1,
      /^::error::.* SMOKE_EVENT must be one that its work handles and logs\.$/m,
    ],
  ])('%s', async (_, line, code, says) => {
    const log = join(mkdtempSync(join(folder, 'log-')), 'consumer.log');
    const api = createServer((request, response) => {
      const { traceparent } = request.headers;
      writeFileSync(log, `${JSON.stringify({ ...line, requestId: 'request-1', traceparent })}\n`);
      request.resume();
      response.writeHead(202).end('{}');
    }).listen(0, '127.0.0.1');
    await once(api, 'listening');
    const { port } = api.address() as AddressInfo;
    try {
      const seconds = code === 0 ? '60' : '1';
      const ended = await smoke(fakeAws(`http://127.0.0.1:${port}`, log), { SMOKE_SECONDS: seconds });
      expect(ended).toMatchObject({ code, stdout: expect.stringMatching(says) });
    } finally {
      api.close();
    }
  });

  test('signs its request, and fails when nobody consumes the event', async () => {
    const seen: { authorization?: string; token?: string; body: string }[] = [];
    const api = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { authorization, 'x-amz-security-token': token } = request.headers;
        seen.push({ ...(authorization && { authorization }), token: String(token), body });
        response.writeHead(202).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(api, 'listening');
    const { port } = api.address() as AddressInfo;
    const log = join(folder, 'empty.log');
    writeFileSync(log, '');
    try {
      const { code, stdout } = await smoke(fakeAws(`http://127.0.0.1:${port}`, log), { SMOKE_SECONDS: '1' });
      expect(code).toBe(1);
      expect(stdout).toMatch(/^::error::The event was published, and no line of the consumer's log/m);
      expect(seen).toEqual([
        {
          authorization: expect.stringMatching(
            /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/execute-api\/aws4_request, ?SignedHeaders=.*x-amz-security-token/,
          ),
          token: 'token',
          body: event,
        },
      ]);
    } finally {
      api.close();
    }
  });

  test('fails when the API refuses the event', async () => {
    const api = createServer((_request, response) => response.writeHead(403).end('{"message":"Forbidden"}'));
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    const { port } = api.address() as AddressInfo;
    try {
      const { code, stdout, stderr } = await smoke(fakeAws(`http://127.0.0.1:${port}`, '/dev/null'));
      expect(code).not.toBe(0);
      expect(stdout + stderr).toMatch(/Forbidden[\s\S]*403/);
    } finally {
      api.close();
    }
  });
});

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
