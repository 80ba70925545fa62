using Sandbox.Gateway.Access;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Templates;

return args switch
{
    ["serve", .. var rest] when ServeCommand.Understands(rest) => await ServeCommand.RunAsync(rest),
    ["gateway", .. var rest] when GatewayCommand.Understands(rest) => await GatewayCommand.RunAsync(rest),
    ["template", .. var rest] => await TemplateCommand.RunAsync(rest, Console.Out, Console.Error),
    ["key", .. var rest] => KeyCommand.Run(rest, Console.Out, Console.Error),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Usage: Sandbox.Silo serve [--port PORT] [--listen ADDRESS] [--data DIR] [--SECTION:NAME VALUE]...
               Sandbox.Silo gateway [--port PORT] [--listen ADDRESS] --Cluster:NAME VALUE... [--SECTION:NAME VALUE]...
               Sandbox.Silo template build|path NAME --data DIR
               Sandbox.Silo key new OWNER [--name NAME]
        """);
    return 2;
}
