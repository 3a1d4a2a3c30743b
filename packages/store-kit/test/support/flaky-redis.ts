import type { NodeRedisClient, RedisArgument } from "@motte/core/redis";

/** What becomes of one command: it is refused, or done while its answer is lost. */
export type CommandFault = "refuse" | "lose answer";

/** A client of `redis` whose commands run into the faults that `faultOf` names; `undefined` lets one through. */
export function flakyRedis(
  client: NodeRedisClient,
  faultOf: (args: readonly RedisArgument[]) => CommandFault | undefined,
): NodeRedisClient {
  return {
    get isOpen() {
      return client.isOpen;
    },
    get isReady() {
      return client.isReady;
    },
    on: () => client,
    sendCommand: async (args, options) => {
      const fault = faultOf(args);
      if (fault === "refuse") throw new Error("the test refuses this command");
      const answer = await client.sendCommand(args, options);
      if (fault === "lose answer") throw new Error("the test loses this answer");
      return answer;
    },
  };
}
