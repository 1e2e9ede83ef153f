import { publishHandler } from '../lib/http/publish-handler.ts';

/** `POST /events`: every event of the request goes to the topic of its type. */
export const handler = publishHandler();
