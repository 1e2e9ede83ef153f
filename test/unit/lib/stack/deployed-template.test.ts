import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { deployedTemplate, type Template } from '../../../../lib/stack/deployed-template.ts';

/** What AWS CloudFormation answers: status and XML. */
type Answer = readonly [status: number, xml: string];

const found = (template: string): Answer => [
  200,
  `<GetTemplateResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><GetTemplateResult><TemplateBody>${template}</TemplateBody></GetTemplateResult></GetTemplateResponse>`,
];
const refused = (status: number, code: string, message: string): Answer => [
  status,
  `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
];

/** Asks a server that answers as CloudFormation does, and returns what it was asked. */
async function ask([status, xml]: Answer): Promise<{
  template: Promise<Template | undefined>;
  asked: () => URLSearchParams;
}> {
  let asked = new URLSearchParams();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked = new URLSearchParams(body);
      response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const template = deployedTemplate(
    {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    },
    'kafka-events-dev',
  ).finally(() => server.close());
  template.catch(() => {});
  return { template, asked: () => asked };
}

test('the deployed template is asked for by the name of the stack, with the choices that it remembers', async () => {
  const body = {
    Resources: { Topics: { Type: 'Custom::KafkaTopics' } },
    Metadata: { Choices: { esm: 'provisioned' } },
    Outputs: {},
  };
  const { template, asked } = await ask(found(JSON.stringify(body)));
  expect(await template).toEqual({ Resources: body.Resources, Metadata: body.Metadata });
  expect(Object.fromEntries(asked())).toMatchObject({
    Action: 'GetTemplate',
    StackName: 'kafka-events-dev',
  });
});

test('a stack that is not there has none', async () => {
  const message = 'Stack with id kafka-events-dev does not exist';
  const { template } = await ask(refused(400, 'ValidationError', message));
  expect(await template).toBeUndefined();
});

test.each<[string, Answer, RegExp]>([
  ['that may not be read', refused(403, 'AccessDenied', 'not authorized to GetTemplate'), /not authorized/],
  ['that is wrongly asked for', refused(400, 'ValidationError', 'Template format error'), /format error/],
  ['of a service that is down', refused(503, 'ServiceUnavailable', 'try later'), /try later/],
  ['that is no JSON', found('Resources: {}'), /JSON/],
])('a deployment does not go on without the template of a stack %s', async (_, answer, message) => {
  const { template } = await ask(answer);
  await expect(template).rejects.toThrow(message);
});
