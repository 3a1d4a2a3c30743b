import { MockServer } from "@motte/mock-server";

const server = await MockServer.start();
server.phone();
server.contact();
await server.close();
