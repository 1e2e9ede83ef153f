import { createTopicsHandler } from '../lib/provision/topics-handler.ts';

/** Creates, grows or deletes topics. The `provision` function invokes it, because it runs inside the VPC. */
export const handler = createTopicsHandler();
