/** The address of the model that `npm start` has saved; undefined where there is none. */
declare module "virtual:digits-model" {
  const address: string | undefined;
  export default address;
}
