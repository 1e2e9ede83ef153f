import { explaining } from '../../../../lib/build/explaining.ts';
import type { Serverless } from '../../../../lib/build/framework.ts';
import { ServiceError } from '../../../../lib/errors.ts';
import { PortTakenError } from '../../../../lib/local/start/ports.ts';
import { SettingsError } from '../../../../lib/local/start/settings.ts';
import { DeclarationError } from '../../../../lib/mapping/declaration.ts';
import { ParameterError } from '../../../../lib/stack/parameters.ts';

class FrameworkError extends Error {}
const serverless: Pick<Serverless, 'classes'> = { classes: { Error: FrameworkError } };

test.each([
  new DeclarationError(['One thing.', 'Another.']),
  new ParameterError(['One thing.', 'Another.']),
  new PortTakenError(['One thing.', 'Another.']),
  new SettingsError(['One thing.', 'Another.']),
  new ServiceError('configuration_error', 'One thing.\nAnother.'),
])('the framework prints the message of $name alone', async (error) => {
  const action = () => Promise.reject(error);
  await expect(explaining(serverless, action)).rejects.toThrow(new FrameworkError('One thing.\nAnother.'));
  await expect(explaining(serverless, action)).rejects.toBeInstanceOf(FrameworkError);
});

test('any other error is thrown as it is', async () => {
  const error = new TypeError('a fault of the code');
  await expect(explaining(serverless, () => Promise.reject(error))).rejects.toBe(error);
});
