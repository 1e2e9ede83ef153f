// `npx tsx lib/build/print-deploy-policy.ts <service>`: the policy of the role that deploys, as JSON.
import { deployPolicy } from '../stack/deploy-policy.ts';

const [service = 'kafka-events'] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(deployPolicy(service), null, 2)}\n`);
