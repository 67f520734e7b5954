// The builder of definitions. The rows in the page are the definition: these modules read them into drafts, move them,
// remember them, and ask the server for everything that needs knowledge of the language: controls, counts, problems.
import "./doing.js";
import "./meeting.js";
import { remember } from "./history.js";
import { offerKept } from "./keeping.js";
import { tidy } from "./moving.js";

tidy();
remember();
offerKept();
