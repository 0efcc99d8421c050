// Goes on to the page that was wanted as soon as the server can be reached.
const { base } = document.documentElement.dataset;

async function tryAgain() {
  try {
    const answer = await fetch(`${base}/healthz`, { cache: "no-store" });
    if (answer.ok) location.reload();
  } catch { /* still without */ }
}

addEventListener("online", tryAgain);
setInterval(tryAgain, 5000);
