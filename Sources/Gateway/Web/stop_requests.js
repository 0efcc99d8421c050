// What each edit of a stop asks for, and where it is in the panel.
import * as cut from "./stop_cut.js";
import * as neighbours from "./stop_neighbours.js";
import { span, times } from "./stop_times.js";
import { word } from "./words.js";

const form = document.querySelector("#change-times form");
let changed = () => {};

/** The times that are typed; null for whoever may not change any. */
export const typed = form ? times(form, () => changed()) : null;

/** Calls a function whenever other times are typed. */
export const onTimes = (listener) => { changed = listener; };

/** Where the API has a stop. */
export const path = (stop) => `/downtimes/${stop.line}/${stop.event}`;

/** What was typed last, null where it is wrong. */
export let wanted = null;

/** What is asked for the times that are typed; null where they are wrong, or those it has. */
function otherTimes(stop) {
  typed.follow(stop.end);
  wanted = typed.read(true);
  const body = wanted && typed.difference(wanted);
  return body === null || Object.keys(body).length === 0 ? null : { method: "PATCH", path: path(stop), body };
}

/**
 * Each edit: where it is, what is asked for it (null while something is missing), and what is said then and once it is done.
 * Those with `mine`, which says what it comes to, are asked about where somebody has changed the stop meanwhile.
 */
export const edits = {
  times: {
    fold: "change-times",
    request: otherTimes,
    missing: () => "",
    done: "times_done",
    mine: (stop) => span(wanted.start, wanted.end, stop.zone),
  },
  split: {
    fold: "split",
    request: (stop) => (cut.at === null ? null : {
      method: "POST", path: `${path(stop)}/split`, body: { at: new Date(cut.at).toISOString() } }),
    missing: () => word("outside"),
    done: "split_done",
  },
  merge: {
    fold: "merge",
    request: (stop) => (neighbours.chosen.length === 0 ? null : {
      method: "POST", path: `${path(stop)}/merge`, body: { event_ids: [stop.event, ...neighbours.chosen] } }),
    missing: () => "",
    done: "merge_done",
  },
  undo: {
    fold: "take-back",
    request: (stop) => ({ method: "POST", path: `${path(stop)}/undo` }),
    missing: () => "",
    done: "undone",
  },
  delete: {
    fold: "delete",
    request: (stop) => ({ method: "DELETE", path: path(stop) }),
    missing: () => "",
    done: "delete_done",
    mine: () => word("delete_mine"),
  },
};
