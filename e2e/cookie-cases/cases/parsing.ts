import { type CaseGroup, line } from '../cookie-case.ts';

const LONG_PATH = `/${'p'.repeat(1024)}`;

export const parsing: CaseGroup = {
  title: 'How the line is read',
  cases: [
    line('name and value alone', '#=v'),
    line('an empty value', '#=; Path=/'),
    line('no =: a value without a name', '#; Path=/'),
    line('nothing before =: a value without a name', '=#; Path=/'),
    line('neither name nor value', '=; Path=/; X=#'),
    line('quotes around the value', '#="v"; Path=/'),
    line('spaces around name and value', '  #  =  v  ; Path=/'),
    line('a space within the value', '#=a b; Path=/'),
    line('a comma and an = within the value', '#=a,b=c; Path=/'),
    line('a tab within the value', '#=a\tb; Path=/'),
    line('a control character (0x01) in the value', '#=a\u0001b; Path=/'),
    line('a control character (0x01) in the name', '#a\u0001=v; Path=/'),
    line('UTF-8 in the value', '#=grün; Path=/'),
    line('UTF-8 in the name', '#ü=v; Path=/'),
    line('a name of : . / ( ) < > @ [ ] ? { }', ':./()<>@[]?{}#=v; Path=/'),
    line('a name with a space and quotes', 'a "b" #=v; Path=/'),
    line('attributes in other cases', '#=v; PATH=/; sECURE; httponly'),
    line('an unknown attribute', '#=v; Path=/; Colour=red'),
    line('two Paths: the last one counts', '#=v; Path=/docs; Path=/'),
    line('empty attributes', '#=v;;; Path=/;'),
    line('HttpOnly', '#=v; Path=/; HttpOnly'),
    line('HttpOnly=false', '#=v; Path=/; HttpOnly=false'),
    line('Secure=false', '#=v; Path=/; Secure=false'),
    line('no Path: the folder of the address', '#=v', {
      looks: ['https://example.com/docs/x', 'https://example.com/'],
    }),
    line('a Path without / at its beginning', '#=v; Path=docs', {
      looks: ['https://example.com/docs/x', 'https://example.com/'],
    }),
    line('an empty Path', '#=v; Path=', { looks: ['https://example.com/docs/x', 'https://example.com/'] }),
    line('a Path of 1025 bytes', `#=v; Path=${LONG_PATH}`, {
      looks: ['https://example.com/docs/x', `https://example.com${LONG_PATH}`],
    }),
    line('a Path in quotes', '#=v; Path="/"', {
      looks: ['https://example.com/docs/x', 'https://example.com/'],
    }),
  ],
};
