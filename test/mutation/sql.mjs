import { configure } from './configure.mjs';

export default configure('sql');
