import { MemberAssignment, MemberMetadata } from 'kafkajs/src/consumer/assignerProtocol';

export { MemberAssignment, MemberMetadata };
