/** What a room does without until it is needed, such as the code of a curtain that hides nothing. */

/** One thing that is made when somebody first asks for it, and then kept; what could not be made is tried again. */
export class Late<Thing> {
  /** What was made; null before. */
  made: Thing | null = null
  readonly #make: () => Promise<Thing>
  #making: Promise<Thing> | null = null

  constructor(make: () => Promise<Thing>) {
    this.#make = make
  }

  /** Make it, unless it is there; refused with what made that fail. */
  async get(): Promise<Thing> {
    this.#making ??= this.#make().catch(error => {
      this.#making = null
      throw error
    })
    this.made = await this.#making
    return this.made
  }

  /** Wait for what is being made; null when nobody asked for it, or it could not be made. */
  async settled(): Promise<Thing | null> {
    return (await this.#making?.catch(() => null)) ?? null
  }
}
