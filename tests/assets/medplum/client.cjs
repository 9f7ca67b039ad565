// Medplum's own client calls the services as an EHR built on it does: it reads the list of services, fills the prefetch of
// one from its FHIR server, calls it, and sends what its user did with the cards. It reads what to do from standard input
// and prints what came back.
'use strict';

globalThis.WebSocket ??= require('ws');
const { MedplumClient, buildCdsRequest } = require('@medplum/core');

async function main() {
  const { fhir, cds, token, hook, user, context, override } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const medplum = new MedplumClient({ baseUrl: new URL(fhir).origin, cdsServicesUrl: `${cds}/cds-services`, accessToken: token });
  const { services } = await medplum.getCdsServices();
  const service = services.find((offered) => offered.hook === hook);
  const request = await buildCdsRequest(medplum, user, service, context);
  const response = await medplum.callCdsService(service.id, request);
  const overridden = response.cards.filter((card) => override.includes(card.source.topic?.code));
  const feedback = overridden.map(({ uuid, overrideReasons }) => ({
    card: uuid,
    outcome: 'overridden',
    overrideReason: { reason: overrideReasons?.[0] },
    outcomeTimestamp: new Date().toISOString(),
  }));
  if (feedback.length) {
    await medplum.post(`${cds}/cds-services/${service.id}/feedback`, { feedback });
  }
  const sources = await medplum.get(`${cds}/handbook/source-attributes.json`);
  return { service, request, response, feedback, sources };
}

main().then(
  (said) => console.log(JSON.stringify(said)),
  (error) => {
    console.error(error);
    process.exit(1);
  }
);
