import RequestQueue from 'kafkajs/src/network/requestQueue';

const { scheduleCheckPendingRequests, scheduleRequestTimeoutCheck } = RequestQueue.prototype;

/**
 * A connection of kafkajs 2.2.4 wakes up about 900 times a second although no request waits (its issue 1751), and Node 24
 * warns of a negative timeout each time. This stops the timer while nothing waits.
 */
RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
  if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
};

/** Checks for late answers without keeping the process alive: each caller has a deadline that does. */
RequestQueue.prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue): void {
  scheduleRequestTimeoutCheck.call(this);
  this.requestTimeoutIntervalId?.unref();
};
