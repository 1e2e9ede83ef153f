import type { Deployment } from './deployment.ts';
import { gatewayServices } from './gateway-services.ts';
import type { StackParameters } from './parameters.ts';
import { type PollerCall, pollerCalls } from './poller-calls.ts';
import { networkRoleIds } from './roles.ts';
import { privateSubnets, type StackCluster } from './stack-cluster.ts';
import { getAtt, type Resource, ref, sub, type TemplatePart, type Value } from './template.ts';

/** IAM authentication: Amazon MSK Developer Guide, "Port information". */
const BROKER_PORT = 9098;
const HTTPS_PORT = 443;
const LAST_PORT = 65_535;
const ANYWHERE = '0.0.0.0/0';
/** Address bits of a subnet: 64 addresses, of which AWS reserves five. */
const SUBNET_BITS = 6;
/** Three private ones and a public one. */
const SUBNETS = 4;
const LETTERS = ['a', 'b', 'c'];

/**
 * The network that `--param cluster=create` makes, and the serverless cluster in it. Events alone need no NAT gateway and no
 * paid endpoint: functions reach the brokers, and Lambda polls them from inside the VPC. Functions reach Amazon DynamoDB and
 * Amazon S3 through gateway endpoints, which are free; `egress` opens the rest.
 *
 * Lambda deletes network interfaces with the role of the function, some time after it deleted the mapping or the function.
 * Only the removal of a subnet or a security group waits for that. So these are removed before the roles.
 *
 * @see {@link https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html Amazon VPC AWS PrivateLink Guide, "Gateway endpoints"}
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html Lambda Developer Guide, "Configuring your Amazon MSK cluster and Amazon VPC network for Lambda"}
 */
export function network({ prefix, parameters, cluster, functions, consumers }: Deployment): TemplatePart {
  const own = parameters.vpc === '';
  const calls = pollerCalls(consumers);
  const vpc = own ? ref('Vpc') : parameters.vpc;
  const parts: Record<string, Resource> = {
    ...(own ? subnets(prefix, parameters) : {}),
    ...securityGroups(vpc, own, parameters, calls),
    Cluster: {
      Type: 'AWS::MSK::ServerlessCluster',
      Properties: {
        ClusterName: cluster.name,
        ClientAuthentication: { Sasl: { Iam: { Enabled: true } } },
        VpcConfigs: [
          { SubnetIds: cluster.subnetIds, SecurityGroups: [getAtt('ClusterSecurityGroup', 'GroupId')] },
        ],
      },
    },
  };
  return {
    Resources: {
      ...protect(outlivedBy(networkRoleIds(functions), parts), parameters.protect),
      ...(own ? { ...endpoints(parameters, cluster, calls), ...natGateway(prefix, parameters) } : {}),
    },
    Outputs: { ClusterArn: { Value: cluster.arn } },
  };
}

/** CloudFormation removes in the opposite order of `DependsOn`. */
function outlivedBy(roles: readonly string[], resources: Record<string, Resource>): Record<string, Resource> {
  const occupied = ['AWS::EC2::Subnet', 'AWS::EC2::SecurityGroup'];
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => [
      id,
      occupied.includes(resource.Type) && roles.length > 0 ? { ...resource, DependsOn: roles } : resource,
    ]),
  );
}

/** Resources that hold data, or that a retained cluster needs, outlive a protected stack. */
function protect(resources: Record<string, Resource>, isProtected: boolean): Record<string, Resource> {
  const policies = isProtected
    ? { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }
    : { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' };
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => [id, { ...resource, ...policies }]),
  );
}

function subnets(prefix: string, { vpcCidr, zones }: StackParameters): Record<string, Resource> {
  const tags = (name: string) => [{ Key: 'Name', Value: name }];
  return {
    Vpc: {
      Type: 'AWS::EC2::VPC',
      Properties: {
        CidrBlock: vpcCidr,
        // The names of the brokers are resolved inside the VPC.
        EnableDnsSupport: true,
        EnableDnsHostnames: true,
        Tags: tags(prefix),
      },
    },
    PrivateRoutes: {
      Type: 'AWS::EC2::RouteTable',
      Properties: { VpcId: ref('Vpc'), Tags: tags(`${prefix}-private`) },
    },
    ...Object.fromEntries(
      privateSubnets.flatMap((id, index): [string, Resource][] => [
        [
          id,
          {
            Type: 'AWS::EC2::Subnet',
            Properties: {
              VpcId: ref('Vpc'),
              CidrBlock: cidr(vpcCidr, index),
              AvailabilityZone: zones[index] ?? { 'Fn::Select': [index, { 'Fn::GetAZs': '' }] },
              Tags: tags(`${prefix}-${LETTERS[index]}`),
            },
          },
        ],
        [
          `${id}Routes`,
          {
            Type: 'AWS::EC2::SubnetRouteTableAssociation',
            Properties: { SubnetId: ref(id), RouteTableId: ref('PrivateRoutes') },
          },
        ],
      ]),
    ),
  };
}

function cidr(vpcCidr: string, index: number): Value {
  return { 'Fn::Select': [index, { 'Fn::Cidr': [vpcCidr, SUBNETS, SUBNET_BITS] }] };
}

function securityGroups(
  vpc: Value,
  own: boolean,
  { vpcCidr, egress, esm }: StackParameters,
  calls: readonly PollerCall[],
): Record<string, Resource> {
  const functions = getAtt('FunctionSecurityGroup', 'GroupId');
  const brokers = getAtt('ClusterSecurityGroup', 'GroupId');
  const port = tcp(BROKER_PORT);
  const inside = own ? vpcCidr : ANYWHERE;
  // Without a route only endpoints can be reached. In the created network, on-demand pollers have a rule of their own.
  const called = new Set(calls.map((call) => call.port));
  if (esm === 'on-demand' && !own) called.add(HTTPS_PORT);
  return {
    FunctionSecurityGroup: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupDescription: 'Functions that talk to the brokers',
        VpcId: vpc,
        SecurityGroupEgress:
          own && egress !== 'internet'
            ? [
                { ...port, CidrIp: inside, Description: 'Brokers' },
                { ...tcp(HTTPS_PORT), CidrIp: ANYWHERE, Description: 'AWS services' },
              ]
            : [{ ...tcp(0, LAST_PORT), CidrIp: ANYWHERE, Description: 'Brokers, and what the work calls' }],
      },
    },
    ClusterSecurityGroup: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupDescription: 'Brokers, and the event source mapping that polls them',
        VpcId: vpc,
        SecurityGroupIngress: [{ ...port, SourceSecurityGroupId: functions, Description: 'Functions' }],
        SecurityGroupEgress: [
          { ...port, CidrIp: inside, Description: 'Pollers to brokers' },
          ...[...called].map((number) => ({
            ...tcp(number),
            CidrIp: ANYWHERE,
            Description: 'Pollers to destinations, registries and AWS Lambda',
          })),
        ],
      },
    },
    // Lambda polls with the security group of the cluster.
    BrokersFromPollers: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: {
        GroupId: brokers,
        ...port,
        SourceSecurityGroupId: brokers,
        Description: 'Event source mapping',
      },
    },
  };
}

/** Gateway endpoints always; interface endpoints for on-demand pollers, which call Lambda from inside the VPC, and for `egress=aws`. */
function endpoints(
  { esm, egress, egressServices }: StackParameters,
  { subnetIds }: StackCluster,
  calls: readonly PollerCall[],
): Record<string, Resource> {
  const onDemand = esm === 'on-demand';
  const services = new Set([
    ...(onDemand ? ['lambda', 'sts'] : []),
    ...(egress === 'aws' ? egressServices : []),
  ]);
  const endpoint = (service: string, properties: Record<string, unknown>): [string, Resource] => [
    `${endpointName(service)}Endpoint`,
    {
      Type: 'AWS::EC2::VPCEndpoint',
      Properties: {
        ServiceName: sub(`com.amazonaws.\${AWS::Region}.${service}`),
        VpcId: ref('Vpc'),
        ...properties,
      },
    },
  ];
  const gateway = { VpcEndpointType: 'Gateway', RouteTableIds: [ref('PrivateRoutes')] };
  const group = getAtt('EndpointSecurityGroup', 'GroupId');
  const inwards = { VpcEndpointType: 'Interface', SubnetIds: subnetIds, SecurityGroupIds: [group] };
  return {
    ...Object.fromEntries(gatewayServices.map((service) => endpoint(service, gateway))),
    ...Object.fromEntries(
      [...services].map((service) => endpoint(service, { ...inwards, PrivateDnsEnabled: true })),
    ),
    ...(services.size > 0 && {
      EndpointSecurityGroup: endpointGroup([
        ...(onDemand || calls.length > 0 ? ['ClusterSecurityGroup'] : []),
        ...(egress === 'aws' ? ['FunctionSecurityGroup'] : []),
      ]),
    }),
    ...(onDemand && {
      EndpointsFromPollers: {
        Type: 'AWS::EC2::SecurityGroupEgress',
        Properties: {
          GroupId: getAtt('ClusterSecurityGroup', 'GroupId'),
          ...tcp(HTTPS_PORT),
          DestinationSecurityGroupId: group,
          Description: 'Endpoints',
        },
      },
    }),
  };
}

function tcp(first: number, last = first) {
  return { IpProtocol: 'tcp', FromPort: first, ToPort: last };
}

function endpointName(service: string): string {
  const words = service.split(/[^0-9a-z]+/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function endpointGroup(callers: readonly string[]): Resource {
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: 'Endpoints of AWS services',
      VpcId: ref('Vpc'),
      SecurityGroupIngress: callers.map((id) => ({
        ...tcp(HTTPS_PORT),
        SourceSecurityGroupId: getAtt(id, 'GroupId'),
        Description: id === 'ClusterSecurityGroup' ? 'Event source mapping' : 'Functions',
      })),
      // Responses need no rule. Without any rule EC2 would allow all outbound traffic.
      SecurityGroupEgress: [{ IpProtocol: '-1', CidrIp: '127.0.0.1/32', Description: 'Nothing' }],
    },
  };
}

/** `egress=internet`: one NAT gateway, in the first zone, for all private subnets. */
function natGateway(prefix: string, { egress, vpcCidr, zones }: StackParameters): Record<string, Resource> {
  if (egress !== 'internet') return {};
  return {
    InternetGateway: { Type: 'AWS::EC2::InternetGateway' },
    InternetAttachment: {
      Type: 'AWS::EC2::VPCGatewayAttachment',
      Properties: { VpcId: ref('Vpc'), InternetGatewayId: ref('InternetGateway') },
    },
    PublicSubnet: {
      Type: 'AWS::EC2::Subnet',
      Properties: {
        VpcId: ref('Vpc'),
        CidrBlock: cidr(vpcCidr, SUBNETS - 1),
        AvailabilityZone: zones[0] ?? { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
        Tags: [{ Key: 'Name', Value: `${prefix}-public` }],
      },
    },
    PublicRoutes: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref('Vpc') } },
    PublicSubnetRoutes: {
      Type: 'AWS::EC2::SubnetRouteTableAssociation',
      Properties: { SubnetId: ref('PublicSubnet'), RouteTableId: ref('PublicRoutes') },
    },
    InternetRoute: {
      Type: 'AWS::EC2::Route',
      DependsOn: ['InternetAttachment'],
      Properties: {
        RouteTableId: ref('PublicRoutes'),
        DestinationCidrBlock: ANYWHERE,
        GatewayId: ref('InternetGateway'),
      },
    },
    NatAddress: {
      Type: 'AWS::EC2::EIP',
      DependsOn: ['InternetAttachment'],
      Properties: { Domain: 'vpc' },
    },
    NatGateway: {
      Type: 'AWS::EC2::NatGateway',
      Properties: { AllocationId: getAtt('NatAddress', 'AllocationId'), SubnetId: ref('PublicSubnet') },
    },
    NatRoute: {
      Type: 'AWS::EC2::Route',
      Properties: {
        RouteTableId: ref('PrivateRoutes'),
        DestinationCidrBlock: ANYWHERE,
        NatGatewayId: ref('NatGateway'),
      },
    },
  };
}
