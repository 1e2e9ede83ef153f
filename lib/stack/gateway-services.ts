/** Services that a created network always reaches: Amazon VPC AWS PrivateLink Guide, "Gateway endpoints", which are free. */
export const gatewayServices = ['dynamodb', 's3'] as const;
