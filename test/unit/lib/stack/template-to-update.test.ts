import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Template } from '../../../../lib/stack/deployed-template.ts';
import { templateToUpdate } from '../../../../lib/stack/template-to-update.ts';

const deployed = { Resources: { Topics: { Type: 'Custom::KafkaTopics' } } };

/** As AWS CloudFormation answers about a stack; without a status there is none. */
function answer(action: string | null, status: string | undefined): readonly [status: number, xml: string] {
  const namespace = 'xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"';
  if (status === undefined) {
    const message = 'Stack with id kafka-events-dev does not exist';
    return [
      400,
      `<ErrorResponse ${namespace}><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error></ErrorResponse>`,
    ];
  }
  if (action === 'DescribeStacks') {
    return [
      200,
      `<DescribeStacksResponse ${namespace}><DescribeStacksResult><Stacks><member><StackName>kafka-events-dev</StackName><StackStatus>${status}</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    ];
  }
  const body = JSON.stringify(deployed);
  return [
    200,
    `<GetTemplateResponse ${namespace}><GetTemplateResult><TemplateBody>${body}</TemplateBody></GetTemplateResult></GetTemplateResponse>`,
  ];
}

async function ask(status: string | undefined): Promise<Template | undefined> {
  const server = createServer(async (request, response) => {
    const [code, xml] = answer(new URLSearchParams(await text(request)).get('Action'), status);
    response.writeHead(code, { 'content-type': 'text/xml' }).end(xml);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const config = {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return templateToUpdate(config, 'kafka-events-dev', 'dev').finally(() => server.close());
}

test.each([
  'CREATE_COMPLETE',
  'CREATE_FAILED',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'UPDATE_FAILED',
])('a stack in %s is compared with its template', async (status) => {
  expect(await ask(status)).toEqual(deployed);
});

test.each([undefined, 'DELETE_COMPLETE'])('a stack that is not there is created: %s', async (status) => {
  expect(await ask(status)).toBeUndefined();
});

test.each([
  ['ROLLBACK_COMPLETE', 'remove what is left with npx serverless remove --stage dev, then deploy again'],
  ['ROLLBACK_FAILED', 'npx serverless remove --stage dev'],
  ['DELETE_FAILED', 'run npx serverless remove --stage dev again'],
  ['REVIEW_IN_PROGRESS', 'nothing of it was created'],
  ['UPDATE_ROLLBACK_FAILED', 'aws cloudformation continue-update-rollback --stack-name kafka-events-dev'],
  ['UPDATE_ROLLBACK_IN_PROGRESS', 'wait until that is over'],
  ['DELETE_IN_PROGRESS', 'wait until that is over'],
])('a stack in %s cannot be updated, and the refusal says what to do', async (status, advice) => {
  const deployment = ask(status);
  await expect(deployment).rejects.toThrow(`The stack kafka-events-dev is in ${status}: `);
  await expect(deployment).rejects.toThrow(advice);
});
