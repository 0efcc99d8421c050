// Lets the device keep the page that is shown without the server, once this one is drawn.
const { base, theme } = document.documentElement.dataset;

function register() {
  const wanted = new URLSearchParams({
    assets: new URL(".", import.meta.url).pathname.slice(0, -1),
    lang: document.documentElement.lang,
    theme,
  });
  // Where it is not possible, as without TLS, the browser's own page does.
  navigator.serviceWorker.register(`${base}/service-worker.js?${wanted}`, { scope: `${base}/` }).catch(() => {});
}

if ("serviceWorker" in navigator) {
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}
