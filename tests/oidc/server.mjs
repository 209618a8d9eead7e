// A real authorization server for the tests: oidc-provider, whose users agree to everything at once.
//
// Usage: node server.mjs; says {"issuer": …} on standard output once it listens, and ends when its
// standard input does. POST /test/keys {"keys": ["rs256-1", …]} makes it sign with the first key of
// each algorithm, and publish all of them.

import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';

const kinds = {
  rs256: ['RS256', 'rsa', { modulusLength: 2048 }],
  es256: ['ES256', 'ec', { namedCurve: 'P-256' }],
};
const made = new Map();

function key(kid) {
  if (!made.has(kid)) {
    const [alg, type, options] = kinds[kid.split('-')[0]];
    const jwk = generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
    made.set(kid, { ...jwk, kid, alg, use: 'sig' });
  }
  return made.get(kid);
}

const redirect = 'http://127.0.0.1:9/callback';
let issuer;
let handle;
// How tokens for a resource are made: `?format=es` for ES256, `?format=opaque` for no JWT, else RS256.
const format = (resource) => new URL(resource).searchParams.get('format') ?? 'rs';

function configure(kids) {
  const provider = new Provider(issuer, {
    jwks: { keys: kids.map(key) },
    clients: [
      {
        client_id: 'person', token_endpoint_auth_method: 'none', application_type: 'native',
        redirect_uris: [redirect], grant_types: ['authorization_code'], response_types: ['code'],
      },
      {
        client_id: 'job', client_secret: 'secret-of-the-job', redirect_uris: [],
        grant_types: ['client_credentials'], response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        client_id: 'server', client_secret: 'secret-of-the-server', redirect_uris: [],
        grant_types: [], response_types: [], token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    scopes: ['openid'],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_, interaction) => `/test/interaction/${interaction.uid}` },
    cookies: { keys: ['of a test'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_, client) => client.clientId === 'server' },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          audience: resource.split('?')[0],
          scope: 'notes:read notes:write notes:admin',
          accessTokenTTL: 600,
          accessTokenFormat: format(resource) === 'opaque' ? 'opaque' : 'jwt',
          jwt: { sign: { alg: format(resource) === 'es' ? 'ES256' : 'RS256' } },
        }),
      },
    },
  });
  // Of a program's opaque token it says no subject, though RFC 9068 wants one in the same token as a JWT.
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === '/token/introspection' && ctx.body?.active) ctx.body.sub ??= ctx.body.client_id;
  });
  provider.on('server_error', (_, error) => console.error(error));
  const callback = provider.callback();
  handle = (request, response) => (request.url.startsWith('/test/interaction/')
    ? agree(provider, request, response).catch((error) => {
      console.error(error);
      response.writeHead(500).end();
    })
    : callback(request, response));
}

// Whoever is asked is alice, and agrees to whatever the client asks for.
async function agree(provider, request, response) {
  const { prompt: { name }, params, grantId, session } = await provider.interactionDetails(request, response);
  if (name === 'login') {
    const result = { login: { accountId: 'alice' } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  const grant = (grantId && await provider.Grant.find(grantId))
    || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addResourceScope(params.resource, params.scope);
  const result = { consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

async function keys(request, response) {
  let body = '';
  for await (const part of request) body += part;
  configure(JSON.parse(body).keys);
  response.writeHead(204).end();
}

const server = createServer((request, response) => (request.url === '/test/keys'
  ? keys(request, response)
  : handle(request, response)));
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  configure(['rs256-1', 'es256-1']);
  console.log(JSON.stringify({ issuer, redirect }));
});
process.stdin.on('end', () => process.exit()).resume();
