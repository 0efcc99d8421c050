// Requests of the API in the name of whoever is signed in, with the token of the page's session.
import { session } from "./page_session.js";

const root = document.documentElement;
const api = root.dataset.api ?? `${root.dataset.base}/api/v1`;
const patience = 20000;
let signature = () => ({});

/** Sends further headers with every request from now on: those that a function gives. */
export const sign = (headers) => { signature = headers; };

/**
 * Asks the API and gives `{status, body, detail, retryAfter}`; `detail` says in words what a refusal is about.
 * Rejects only where there is no answer: no connection, or none in time.
 */
export async function ask(method, path, { body, headers } = {}) {
  const answer = await fetch(`${api}${path}`, {
    method,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      "Accept-Language": root.lang,
      ...session,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...signature(),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(patience),
  });
  const text = await answer.text();
  let content = null;
  try {
    content = JSON.parse(text);
  } catch {
    // No content, or no answer of ours.
  }
  if (content?.code) document.dispatchEvent(new CustomEvent("camet:refused", { detail: content.code }));
  const faults = (content?.errors ?? []).map((fault) => fault.message);
  return {
    status: answer.status,
    body: content,
    detail: faults.join(" ") || content?.detail || "",
    retryAfter: Number(answer.headers.get("Retry-After")) || 0,
  };
}

/** Whether an answer did what was asked. */
export const isDone = (answer) => answer.status >= 200 && answer.status < 300;

/** A value of If-Match. */
export const match = (version) => (version ? { "If-Match": `"${version}"` } : {});
