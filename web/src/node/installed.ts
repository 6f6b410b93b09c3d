/** Packages that may not be installed. */

import { ConfigError } from '../errors.ts'

/** Give the package *name* that is *loading*; refused with a ConfigError when it is not there. */
export async function installed<Module>(name: string, loading: Promise<Module>): Promise<Module> {
  return await loading.catch(cause => {
    throw new ConfigError(`the package ${name} is needed here, and does not load: npm install ${name}`, { cause })
  })
}
