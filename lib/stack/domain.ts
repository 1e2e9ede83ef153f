import type { StackParameters } from './parameters.ts';
import { getAtt, ref, sub, type TemplatePart } from './template.ts';

/**
 * The name of the HTTP API, and its record where the hosted zone is known.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html Amazon API Gateway Developer Guide, "Custom domain names for HTTP APIs in API Gateway"}
 */
export function customDomain({ domain, domainCertificate, hostedZone }: StackParameters): TemplatePart {
  const target = getAtt('ApiDomain', 'RegionalDomainName');
  return {
    Resources: {
      ApiDomain: {
        Type: 'AWS::ApiGatewayV2::DomainName',
        Properties: {
          DomainName: domain,
          DomainNameConfigurations: [
            { CertificateArn: domainCertificate, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
          ],
        },
      },
      ApiDomainMapping: {
        Type: 'AWS::ApiGatewayV2::ApiMapping',
        Properties: { ApiId: ref('HttpApi'), DomainName: ref('ApiDomain'), Stage: ref('HttpApiStage') },
      },
      ...(hostedZone !== '' && {
        ApiDomainRecord: {
          Type: 'AWS::Route53::RecordSet',
          Properties: {
            HostedZoneId: hostedZone,
            Name: domain,
            Type: 'A',
            AliasTarget: { DNSName: target, HostedZoneId: getAtt('ApiDomain', 'RegionalHostedZoneId') },
          },
        },
      }),
    },
    Outputs: {
      ApiDomainUrl: { Value: sub(`https://\${ApiDomain}`) },
      // What a record that is made elsewhere points at.
      ApiDomainTarget: { Value: target },
    },
  };
}
