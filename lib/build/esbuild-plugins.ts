import type { Plugin } from 'esbuild';
import { bundleContents } from './bundle-contents.ts';
import { kafkaRequests } from './kafka-requests.ts';
import { lazyChunks } from './lazy-chunks.ts';

/** What every bundle that is deployed is built with. */
export const esbuildPlugins: Plugin[] = [lazyChunks, kafkaRequests, bundleContents];
