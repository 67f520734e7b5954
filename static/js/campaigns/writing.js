// The page on which a campaign is written.
import "./inserting.js";
import "./counting.js";
import { offerKept } from "./keeping.js";
import "./looking.js";
import { save } from "./saving.js";

offerKept(save);
