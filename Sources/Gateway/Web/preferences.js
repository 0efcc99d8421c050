// Theme and language: kept in cookies that the page names, so that the server already draws the next page as chosen.
const root = document.documentElement;
const path = `${root.dataset.base}/`;
const year = 365 * 24 * 3600;

for (const group of document.querySelectorAll("[data-preference]")) {
  group.hidden = false;
  group.addEventListener("change", (event) => {
    event.stopPropagation();
    const value = event.target.value;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${group.dataset.preference}=${value}; Path=${path}; Max-Age=${year}; SameSite=Lax${secure}`;
    if (group.dataset.preference.endsWith("camet_theme")) {
      root.dataset.theme = value;
      document.dispatchEvent(new CustomEvent("camet:theme"));
    } else {
      location.reload();
    }
  });
}

// Where the places of the site do not fit beside one another, the one that is shown is in sight.
document.querySelector(".site-links [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

// A menu closes like a menu: by Escape and by a click elsewhere.
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
