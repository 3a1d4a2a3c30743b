import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { type BinaryNode, downloadMediaMessage } from "@whiskeysockets/baileys";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test, vi } from "vitest";
import { MockServer } from "@motte/mock-server";
import { type Client, pairedClient } from "./support/client.ts";

const PICTURE = randomBytes(5_000);

function tokenOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url");
}

/** Asks for the media hosts as a client does. */
async function mediaConn(client: Client): Promise<{ auth: string; node: BinaryNode }> {
  const answer: BinaryNode = await client.sock.query({
    tag: "iq",
    attrs: { to: "s.whatsapp.net", xmlns: "w:m", type: "set" },
    content: [{ tag: "media_conn", attrs: {} }],
  });
  const [node] = answer.content as BinaryNode[];
  if (node === undefined) throw new Error("no media_conn");
  return { auth: node.attrs["auth"] ?? "", node };
}

async function stage() {
  const server = await MockServer.start({ seed: "media" });
  const client = await pairedClient(server, server.phone());
  const { auth, node } = await mediaConn(client);
  const post = (path: string, body?: Uint8Array): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method: "POST", body: body ?? null });
  return {
    server,
    client,
    node,
    auth,
    post,
    url: (path: string) => `http://127.0.0.1:${server.port}${path}`,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

test("media_conn names this server as the host, with a token to upload", async () => {
  await using set = await stage();

  expect(set.node.attrs).toMatchObject({
    ttl: "3600",
    auth_ttl: "21600",
    auth: expect.any(String),
  });
  expect((set.node.content as BinaryNode[])[0]?.attrs).toMatchObject({
    hostname: `127.0.0.1:${set.server.port}`,
    maxContentLengthBytes: "104857600",
  });
});

const UPLOAD_PATHS = [
  "/mms/image/TOKEN?auth=AUTH&token=TOKEN",
  "/mms/md-msg-hist/TOKEN=?auth=AUTH",
  "/mms/document/TOKEN%3D?auth=AUTH",
  "/product/image/TOKEN?auth=AUTH",
  "/pps/biz-cover-photo/TOKEN?auth=AUTH",
  "/newsletter/newsletter-image/TOKEN?auth=AUTH",
];

test("an upload, at whatever path a client has for it, is found where the answer says, whatever follows", async () => {
  await using set = await stage();
  for (const template of UPLOAD_PATHS) {
    const bytes = randomBytes(100);
    const path = template.replaceAll("TOKEN", tokenOf(bytes)).replace("AUTH", set.auth);

    const response = await set.post(path, bytes);

    expect(response.status).toBe(200);
    const answer = (await response.json()) as Record<string, string>;
    const { direct_path: directPath, url } = answer;
    expect(url).toBe(`https://127.0.0.1:${set.server.port}${directPath}`);
    expect(directPath).toContain("?");
    for (const query of ["", `?auth=${set.auth}&token=x`, "&hash=x&mms-type=image&__wa-mms="]) {
      const download = await fetch(set.url(`${directPath}${query}`));
      expect(Buffer.from(await download.arrayBuffer())).toEqual(bytes);
    }
  }
});

test("an upload is refused that has no valid token, or whose bytes are not those of the path", async () => {
  await using set = await stage();
  const token = tokenOf(PICTURE);

  const noAuth = await set.post(`/mms/image/${token}`, PICTURE);
  const wrongAuth = await set.post(`/mms/image/${token}?auth=guess`, PICTURE);
  const wrongBytes = await set.post(`/mms/image/${token}?auth=${set.auth}`, Buffer.from("other"));
  set.server.media.revokeUploads();
  const revoked = await set.post(`/mms/image/${token}?auth=${set.auth}`, PICTURE);

  const statuses = [noAuth, wrongAuth, wrongBytes, revoked].map(({ status }) => status);
  expect(statuses).toEqual([401, 401, 400, 401]);
  expect(set.server.media.files).toEqual([]);
});

test("a token to upload is good for six hours", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using server = await MockServer.start({ clock });
  await using client = await pairedClient(server, server.phone());
  const { auth } = await mediaConn(client);
  const upload = (): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}/mms/image/${tokenOf(PICTURE)}?auth=${auth}`, {
      method: "POST",
      body: PICTURE,
    });

  await clock.advance(6 * 60 * 60 * 1000 - 1);
  expect((await upload()).status).toBe(200);
  await clock.advance(1);
  expect((await upload()).status).toBe(401);
});

test("who resumes an upload hears that the file is there, or to start at the beginning", async () => {
  await using set = await stage();
  const path = `/mms/video/${tokenOf(PICTURE)}?auth=${set.auth}`;

  const before: unknown = await (await set.post(`${path}&resume=1`)).json();
  const middle = await set.post(`${path}&file_offset=10`, PICTURE.subarray(10));
  const upload = await set.post(`${path}&file_offset=0`, PICTURE);
  const after = (await (await set.post(`${path}&resume=1`)).json()) as Record<string, string>;

  expect(before).toEqual({ resume: "0" });
  expect(middle.status).toBe(400);
  expect(after).toEqual({ resume: "complete", ...((await upload.json()) as object) });
});

/** Begins an upload that says how long it is, and hangs up after `sent`. */
async function cutUpload(port: number, path: string, sent: Uint8Array): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${PICTURE.length}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.write(sent, resolve));
  socket.destroy();
  await once(socket, "close");
}

test("an upload that is cut off leaves nothing to download, and can go on where it was", async () => {
  await using set = await stage();
  const { media, journal, port } = set.server;
  const path = `/mms/video/${tokenOf(PICTURE)}?auth=${set.auth}`;
  const resumeAt = async (): Promise<unknown> => (await set.post(`${path}&resume=1`)).json();
  const refusals = (): number =>
    journal.events.filter((each) => each.type === "http" && each.status === 400).length;

  await cutUpload(port, path, PICTURE.subarray(0, 2_000));
  await vi.waitFor(() => expect(refusals()).toBe(1), 40_000);
  const afterFirst = await resumeAt();
  await cutUpload(port, `${path}&file_offset=2000`, PICTURE.subarray(2_000, 3_000));
  await vi.waitFor(() => expect(refusals()).toBe(2), 40_000);
  const afterSecond = await resumeAt();
  const files = [...media.files];
  const tooFar = await set.post(`${path}&file_offset=3001`, PICTURE.subarray(3_001));
  const rest = await set.post(`${path}&file_offset=2500`, PICTURE.subarray(2_500));

  expect([afterFirst, afterSecond]).toEqual([{ resume: "2000" }, { resume: "3000" }]);
  expect(files).toEqual([]);
  expect([tooFar.status, rest.status]).toEqual([400, 200]);
  expect(media.files.map(({ bytes }) => Buffer.compare(bytes, PICTURE))).toEqual([0]);
  expect(await resumeAt()).toMatchObject({ resume: "complete" });
});

test("an upload that was cut off and goes on with other bytes starts anew", async () => {
  await using set = await stage();
  const path = `/mms/video/${tokenOf(PICTURE)}?auth=${set.auth}`;
  const resumeAt = async (): Promise<unknown> => (await set.post(`${path}&resume=1`)).json();
  await cutUpload(set.server.port, path, PICTURE.subarray(0, 2_000));
  await vi.waitFor(async () => expect(await resumeAt()).toEqual({ resume: "2000" }), 40_000);

  const wrong = await set.post(`${path}&file_offset=2000`, PICTURE.subarray(2_001));
  const after = await resumeAt();
  const negative = await set.post(`${path}&file_offset=-1`, PICTURE);

  expect([wrong.status, negative.status]).toEqual([400, 400]);
  expect(after).toEqual({ resume: "0" });
  expect(set.server.media.files).toEqual([]);
});

test("a file can be downloaded in parts, looked at, deleted, and expire", async () => {
  await using set = await stage();
  const { media } = set.server;
  const message = media.image(PICTURE);
  const [file] = media.files;
  const path = message.imageMessage?.directPath ?? "";
  const part = (range: string): Promise<Response> => fetch(set.url(path), { headers: { range } });

  const head = await fetch(set.url(path), { method: "HEAD" });
  expect([head.status, Number(head.headers.get("content-length"))]).toEqual([
    200,
    file?.bytes.length,
  ]);
  const middle = await part("bytes=16-31");
  expect(middle.status).toBe(206);
  expect(middle.headers.get("content-range")).toBe(`bytes 16-31/${file?.bytes.length}`);
  expect(Buffer.from(await middle.arrayBuffer())).toEqual(file?.bytes.subarray(16, 32));
  const end = await part("bytes=4000-999999");
  expect(Buffer.from(await end.arrayBuffer())).toEqual(file?.bytes.subarray(4_000));
  const last = await part("bytes=-5");
  expect(Buffer.from(await last.arrayBuffer())).toEqual(file?.bytes.subarray(-5));
  expect((await part("bytes=999999-")).status).toBe(416);
  expect((await fetch(set.url(`${path}&auth=guess`))).status).toBe(403);
  expect((await fetch(set.url(`/v/t62.7118-24/${tokenOf(Buffer.from("x"))}.enc`))).status).toBe(
    404,
  );

  media.expire(message);
  expect((await fetch(set.url(path))).status).toBe(410);
  expect(() => media.download(message)).toThrow(/expired/);
  expect(() => media.expire(message)).toThrow(/not on the server/);
  const other = media.image(randomBytes(10));
  const token = media.files[0]?.token ?? "";
  await fetch(set.url(`/mms/image/${token}?auth=${set.auth}`), { method: "DELETE" });
  expect(() => media.download(other)).toThrow(/expired/);
});

test("media made here is read by Baileys, and checked when it is read here", async () => {
  await using server = await MockServer.start({ seed: "made" });
  const { media } = server;
  const thumbnail = randomBytes(100);
  const messages = [
    media.image(PICTURE, { caption: "a", width: 3, height: 2, thumbnail }),
    media.video(PICTURE, { seconds: 4, gif: true }),
    media.audio(PICTURE, { voice: true, seconds: 2, waveform: new Uint8Array(64) }),
    media.audio(PICTURE, { mimetype: "audio/mp4", directPath: false }),
    media.document(PICTURE, { fileName: "a.pdf", caption: "read this", pageCount: 2 }),
    media.sticker(PICTURE, { animated: true }),
  ];

  for (const message of messages) {
    const info = { key: { id: "M" }, message };
    const { options } = server.baileysConfig();
    await expect(downloadMediaMessage(info, "buffer", { options })).resolves.toEqual(PICTURE);
    expect(media.download(message)).toEqual(PICTURE);
  }
  expect(messages[0]?.imageMessage).toMatchObject({
    caption: "a",
    width: 3,
    jpegThumbnail: thumbnail,
  });
  expect(messages[1]?.videoMessage).toMatchObject({ seconds: 4, gifPlayback: true });
  expect(messages[2]?.audioMessage).toMatchObject({
    ptt: true,
    mimetype: "audio/ogg; codecs=opus",
  });
  expect(messages[3]?.audioMessage).not.toHaveProperty("directPath");
  expect(messages[4]?.documentWithCaptionMessage?.message?.documentMessage).toMatchObject({
    fileName: "a.pdf",
    caption: "read this",
    fileLength: PICTURE.length,
  });
});

test("media is corrupt when a hash or the key of the message does not fit it", async () => {
  await using server = await MockServer.start();
  const message = server.media.image(PICTURE);
  const wrong = (change: object) => ({ imageMessage: { ...message.imageMessage, ...change } });

  expect(() => server.media.download(wrong({ fileSha256: Buffer.alloc(32) }))).toThrow(
    /fileSha256/,
  );
  expect(() => server.media.download(wrong({ mediaKey: Buffer.alloc(32) }))).toThrow(/mediaKey/);
  expect(() => server.media.download(wrong({ fileEncSha256: Buffer.alloc(32) }))).toThrow(
    expect.objectContaining({ code: "MOCK_MEDIA_MISSING" }),
  );
  expect(() => server.media.download({ conversation: "no file" })).toThrow(/no media/);
});
