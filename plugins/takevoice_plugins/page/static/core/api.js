// Requests to takevoice. The token goes into a header, so no other site can send it.

const KEY = "takevoice-token";

/** An answer that says no: `code` for programs, `message` and `hint` for people. */
export class ApiError extends Error {
  constructor(status, { code = "error", text = `status ${status}`, hint = "" } = {}) {
    super(text);
    Object.assign(this, { status, code, hint });
  }
}

/** takevoice does not answer at all; `acted`: to a request that changes something, so it may have been carried out or not. */
export class NoAnswer extends Error {
  constructor(acted, text = "takevoice does not answer") {
    super(text);
    this.acted = acted;
  }
}

/** Fetches; raises NoAnswer. */
async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    throw error.name === "AbortError" ? error : new NoAnswer(options.method !== "GET");
  }
}

export const hasToken = () => Boolean(localStorage.getItem(KEY));

/** Exchanges the code in the address for the token; returns true when there was one. Raises ApiError or NoAnswer. */
export async function enter() {
  const found = /^#enter-([\w-]+)$/.exec(location.hash);
  if (!found) return false;
  history.replaceState(null, "", "/");
  const answer = await ask("/api/enter", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code: found[1] }),
  });
  if (!answer.ok) throw await errorOf(answer);
  localStorage.setItem(KEY, (await answer.json()).token);
  return true;
}

async function errorOf(answer) {
  try {
    return new ApiError(answer.status, await answer.json());
  } catch {
    return new ApiError(answer.status);
  }
}

/** Sends a request; returns the Response. Raises ApiError or NoAnswer. */
export async function send(path, { method = "GET", body, signal } = {}) {
  const headers = { Authorization: `Bearer ${localStorage.getItem(KEY) ?? ""}` };
  const isJson = body !== undefined && !(body instanceof Blob);
  if (isJson) headers["Content-Type"] = "application/json";
  const answer = await ask(path, { method, headers, signal, body: isJson ? JSON.stringify(body) : body });
  if (answer.ok) return answer;
  if (answer.status === 401) document.dispatchEvent(new Event("token-needed"));
  throw await errorOf(answer);
}

/** Returns the JSON at a path. */
export const get = async (path, options) => (await send(path, options)).json();

/** Posts JSON, and returns JSON. */
export const post = async (path, body = {}) => (await send(path, { method: "POST", body })).json();

/** Returns the bytes at a path, and the headers. */
export async function bytes(path, signal) {
  const answer = await send(path, { signal });
  return [await answer.arrayBuffer(), answer.headers];
}

/** Returns a query without the empty values. */
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}
