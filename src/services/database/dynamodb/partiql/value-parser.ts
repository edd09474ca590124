// Values in statements: literals of all types but binary, and parameters in the order of their question marks.
import { AwsError } from '../../../../kernel/errors.ts';
import { errors } from '../errors.ts';
import { canonicalNumber } from '../number.ts';
import { type AttributeValue, checkValue, setAttribute } from '../value.ts';
import { malformed, TokenReader } from './token.ts';

const exponentLimit = 2 ** 31 - 1;

/** A number as written, kept within what a parser of decimals reads: exponent and scale of 32 bits. */
function checkNumber(text: string): void {
  const [digits = '', exponent = '0'] = text.toLowerCase().split('e');
  const scale = (digits.split('.')[1]?.length ?? 0) - Number(exponent);
  if (Math.abs(Number(exponent)) > exponentLimit || Math.abs(scale) > exponentLimit) throw malformed();
}

export class ValueParser extends TokenReader {
  readonly #parameters: readonly AttributeValue[];
  #used = 0;

  constructor(text: string, parameters: readonly AttributeValue[]) {
    super(text);
    this.#parameters = parameters;
  }

  /** True when a value begins here: not a path. */
  isValueNext(): boolean {
    const { kind, text } = this.next;
    if (kind === 'string' || kind === 'number' || kind === 'parameter') return true;
    if (kind === 'sign') return ['<<', '[', '{', '-', '+'].includes(text);
    return kind === 'word' && ['TRUE', 'FALSE', 'NULL'].includes(text.toUpperCase());
  }

  private parameter(): AttributeValue {
    const value = this.#parameters[this.#used++];
    if (value === undefined) throw errors.validation("Number of parameters in request and statement don't match.");
    return checkValue(value);
  }

  private number(sign: string, under: string): AttributeValue {
    const { text } = this.take();
    checkNumber(text);
    try {
      return { N: canonicalNumber(sign + text.replace(/^\./, '0.').replace(/\.(?=$|e)/i, '')) };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw errors.validation(`${error.message} under ${under}`);
    }
  }

  private list(close: string, under: string): AttributeValue[] {
    const members: AttributeValue[] = [];
    if (this.takeSign(close)) return members;
    do members.push(this.nested(() => this.value(`${under}[${members.length}]`)));
    while (this.takeSign(','));
    this.expectSign(close);
    return members;
  }

  /** `<<1, 2>>`: a set of strings or numbers. */
  private bag(under: string): AttributeValue {
    const members = this.list('>>', under);
    if (members.length === 0) throw errors.validation('Empty bags are not supported');
    if (members.every(({ S }) => S !== undefined)) return checkValue({ SS: members.map(({ S }) => S as string) });
    if (members.every(({ N }) => N !== undefined)) return checkValue({ NS: members.map(({ N }) => N as string) });
    if (members.every(({ B }) => B !== undefined)) return checkValue({ BS: members.map(({ B }) => B as Uint8Array) });
    throw errors.validation('Bags of mixed or unsupported types are not supported');
  }

  /** `{'a': 1}`. Values directly in an item are each a `root` to the messages. */
  map(under: string, isItem: boolean): Record<string, AttributeValue> {
    const map: Record<string, AttributeValue> = {};
    this.expectSign('{');
    if (this.takeSign('}')) return map;
    do {
      const key = this.next;
      if (key.kind !== 'string' && key.kind !== 'quoted') throw this.unexpected();
      this.take();
      this.expectSign(':');
      setAttribute(
        map,
        key.text,
        this.nested(() => this.value(isItem ? under : `${under}.${key.text}`)),
      );
    } while (this.takeSign(','));
    this.expectSign('}');
    return map;
  }

  value(under = 'root'): AttributeValue {
    const { kind, text, place } = this.next;
    if (kind === 'word' && this.afterNext?.kind === 'sign' && this.afterNext.text === '(')
      throw errors.validation(`Unsupported data type: ${text.toLowerCase()} under key ${under} at ${place}`);
    if (!this.isValueNext()) throw this.unexpected();
    if (kind === 'number') return this.number('', under);
    if (this.isSign('{')) return { M: this.map(under, false) };
    this.take();
    if (kind === 'parameter') return this.parameter();
    if (kind === 'string') return { S: text };
    if (kind === 'word')
      return text.toUpperCase() === 'NULL' ? { NULL: true } : { BOOL: text.toUpperCase() === 'TRUE' };
    if (text === '[') return { L: this.list(']', under) };
    if (text === '<<') return this.bag(under);
    if (this.next.kind !== 'number') throw this.unexpected();
    return this.number(text === '-' ? '-' : '', under);
  }
}
