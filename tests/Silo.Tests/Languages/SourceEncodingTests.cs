using System.Text;
using Sandbox.Silo.Languages;

namespace Sandbox.Silo.Tests.Languages;

public sealed class SourceEncodingTests
{
    [Theory]
    [InlineData("# -*- coding: latin-1 -*-\nprint(1)")]
    [InlineData("#!/usr/bin/python3\n# vim: set fileencoding=iso-8859-15 :\n")]
    [InlineData("# coding=cp1252")]
    [InlineData("#!/usr/bin/python3\r\n# coding: koi8-r\r\n")]
    public void A_declaration_of_another_encoding_is_seen_in_the_first_two_lines(string code) =>
        Assert.True(SourceEncoding.IsDeclaredOtherThanUtf8(Encoding.UTF8.GetBytes(code)));

    [Theory]
    [InlineData("")]
    [InlineData("print(1)")]
    [InlineData("# -*- coding: utf-8 -*-\n")]
    [InlineData("# coding: UTF_8\n")]
    [InlineData("# coding: utf8\n")]
    [InlineData("\n\n# coding: latin-1\n")]
    [InlineData("x = '# coding: latin-1'\n")]
    public void Anything_else_is_utf8(string code) => Assert.False(SourceEncoding.IsDeclaredOtherThanUtf8(Encoding.UTF8.GetBytes(code)));
}
