using Sandbox.Silo.Hosting;
using Sandbox.Silo.Templates;

return args switch
{
    ["serve", .. var rest] => await ServeCommand.RunAsync(rest),
    ["template", .. var rest] => await TemplateCommand.RunAsync(rest, Console.Out, Console.Error),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Usage: Sandbox.Silo serve [--port PORT] [--data DIR] [--SECTION:NAME VALUE]...
               Sandbox.Silo template build|path NAME --data DIR
        """);
    return 2;
}
