import { MockServer, type Phone } from "@motte/mock-server";
import { settled } from "./client.ts";
import { type StanzaClient, quietClient } from "./stanza-client.ts";

/** A server and a linked client that says nothing by itself and has confirmed all it was given. */
export interface FaultStage extends AsyncDisposable {
  readonly server: MockServer;
  readonly phone: Phone;
  readonly client: StanzaClient;
}

export async function faultStage(): Promise<FaultStage> {
  const server = await MockServer.start();
  const phone = server.phone();
  const client = await quietClient(server, phone);
  await settled(server, phone);
  return {
    server,
    phone,
    client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server.close();
    },
  };
}
