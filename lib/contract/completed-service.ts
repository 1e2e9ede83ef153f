import { isJsonObject } from '../json.ts';
import { type Configuration, completeService } from '../stack/complete-service.ts';
import type { Deployment } from '../stack/deployment.ts';
import { eventsOf } from '../stack/service-functions.ts';

/**
 * Completes serverless.yml as a deployment does, without the framework that names resources.
 *
 * @param configuration - is completed in place
 * @param topics - of the event types, without the prefix; a function may read a topic before its event types are there
 * @param parameters - `--param name=value`, by name
 * @throws ParameterError or DeclarationError naming everything that is wrong
 */
export function completedService(
  configuration: Configuration,
  topics: readonly string[],
  parameters: Readonly<Record<string, unknown>> = {},
): Deployment {
  const functions = [configuration.functions]
    .flat()
    .filter(isJsonObject)
    .flatMap(Object.values<unknown>);
  const read = functions
    .filter(isJsonObject)
    .flatMap((each) => eventsOf(each, 'msk').map(({ topic }) => String(topic)));
  return completeService(configuration, {
    catalogue: [...new Set([...topics, ...read])],
    parameters,
    mappingId: (...names) => names.join(),
  });
}
