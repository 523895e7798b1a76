// `lama serve`, by its HTTP API (docs/api.md).

const kUsualAddress = "http://127.0.0.1:8080";
const kPause = 250; // milliseconds between questions about a job

class Server {
  constructor(address, token) {
    this.address = address.replace(/\/+$/, "");
    this.token = token;
  }

  /** The answer to a request. Other states than success throw an Error with the server's message. */
  async request(method, path, body, type) {
    const headers = {};
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    if (type) headers["Content-Type"] = type;
    const answer = await fetch(this.address + path, { method, headers, body });
    if (answer.ok) return answer;
    if (answer.status === 401) {
      throw new Error("The server needs its token: enter the token that it was started with.");
    }
    const text = await answer.text();
    let message = `The server answers ${answer.status}.`;
    try {
      message = JSON.parse(text).error.message;
    } catch {
      // not the API's: a proxy's, for instance
    }
    throw new Error(message);
  }

  /** Stores a picture; its id. */
  async upload(file) {
    return (await (await this.request("POST", "/api/v1/images", file, "image/tiff")).json()).id;
  }

  /**
   * The file of the filled picture, in the picture's format. `progress(share)` is called now and then; if it
   * returns false the job is cancelled and the result is null.
   */
  async fill(picture, mask, options, progress) {
    const images = [];
    let job = null;
    try {
      images.push(await this.upload(picture));
      images.push(await this.upload(mask));
      const request = JSON.stringify({ image: images[0], mask: images[1], ...options });
      job = await (await this.request("POST", "/api/v1/jobs", request, "application/json")).json();
      const path = `/api/v1/jobs/${job.id}`;
      while (job.state === "queued" || job.state === "running") {
        if (!progress(job.progress)) {
          await this.request("DELETE", path);
          return null;
        }
        await new Promise((resolve) => setTimeout(resolve, kPause));
        job = await (await this.request("GET", path)).json();
      }
      if (job.state !== "done") throw new Error(job.error ? job.error.message : `The fill is ${job.state}.`);
      images.push(job.result.image);
      return await (await this.request("GET", `${path}/result`)).arrayBuffer();
    } finally {
      for (const id of images) await this.request("DELETE", `/api/v1/images/${id}`).catch(() => {});
    }
  }
}

/**
 * The server at `address`, which gets the token, or one where `lama serve` usually is, which does not. Throws an
 * Error that says how to start one.
 */
async function findServer(address, token) {
  const wanted = address || kUsualAddress;
  const addresses = [...new Set([wanted, kUsualAddress])];
  for (const one of addresses) {
    const server = new Server(one, one === wanted ? token : "");
    let answer;
    try {
      answer = await fetch(`${server.address}/healthz`);
    } catch {
      continue; // nothing listens there
    }
    if (!answer.ok) continue;
    await server.request("GET", "/api/v1/capabilities"); // fails without the right token
    return server;
  }
  throw new Error(
    `No server answers at ${addresses.join(" or ")}. Start one with "lama serve", or enter the address of one on ` +
      "another machine.",
  );
}

module.exports = { Server, findServer, kUsualAddress };
