import { operateHandler } from '../lib/operate/operate-handler.ts';

/** What an operator does on the cluster from inside its VPC: `npx serverless invoke -f operate -d help`. */
export const handler = operateHandler();
