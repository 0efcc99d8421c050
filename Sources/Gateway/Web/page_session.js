// Whoever was signed in when the page was made: every request says so. A browser that has another session by now, of another
// company or person, is refused, and nothing of theirs is shown here.
const token = document.querySelector('meta[name="csrf-token"]').content;

/** Headers of every request. */
export const session = { "X-CSRF-Token": token };

document.addEventListener("htmx:configRequest", ({ detail }) => Object.assign(detail.headers, session));
