// @azure/identity: every credential that works without a browser, for both planes.

import {
  ClientAssertionCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  DeviceCodeCredential,
  ManagedIdentityCredential,
} from "@azure/identity";

const planes = ["https://management.azure.com/.default", "https://azuresre.dev/.default"];
const addresses = JSON.parse(process.env.EMULATOR);
const { tenant_id: tenant, client_id: client, client_secret: secret } = addresses;

async function step(name, work) {
  let failure = null;
  try {
    await work();
  } catch (error) {
    console.error(error);
    failure = `${error.name}: ${error.message}`.split("\n")[0];
  }
  console.log(JSON.stringify({ step: name, failure }));
}

async function tokens(credential) {
  for (const scope of planes) {
    const { token } = await credential.getToken(scope);
    if (token.split(".").length !== 3) throw new Error("no token");
  }
}

async function refused(work) {
  try {
    await work();
  } catch {
    return;
  }
  throw new Error("nothing was refused");
}

async function pipelineToken() {
  const url = `${addresses.github_oidc_url}&audience=api://AzureADTokenExchange`;
  const headers = { Authorization: `Bearer ${addresses.oidc_request_token}` };
  const answer = await fetch(url, { headers });
  return (await answer.json()).value;
}

await step("client secret", () => tokens(new ClientSecretCredential(tenant, client, secret)));
await step("wrong client secret", () =>
  refused(() => tokens(new ClientSecretCredential(tenant, client, "wrong"))),
);
await step("federated token", () =>
  tokens(new ClientAssertionCredential(tenant, client, pipelineToken)),
);
await step("device code", () =>
  tokens(new DeviceCodeCredential({ tenantId: tenant, userPromptCallback: () => {} })),
);
process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST = addresses.imds_endpoint;
await step("managed identity of a virtual machine", () => tokens(new ManagedIdentityCredential()));
await step("user-assigned identity", () =>
  tokens(new ManagedIdentityCredential({ clientId: "7e57ab1e-0000-4000-8000-000000000005" })),
);
process.env.IDENTITY_ENDPOINT = addresses.identity_endpoint;
process.env.IDENTITY_HEADER = addresses.identity_header;
await step("managed identity of App Service", () => tokens(new ManagedIdentityCredential()));
delete process.env.IDENTITY_ENDPOINT;
delete process.env.IDENTITY_HEADER;
delete process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST;
Object.assign(process.env, {
  AZURE_TENANT_ID: tenant,
  AZURE_CLIENT_ID: client,
  AZURE_CLIENT_SECRET: secret,
});
await step("default credential from the environment", () => tokens(new DefaultAzureCredential()));
